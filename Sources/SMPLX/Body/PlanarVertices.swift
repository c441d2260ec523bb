/// Vertex positions in three planes, metres, Y up.
///
/// The planes hold `count` positions and are readable (zeros) up to `paddedCount`, the next multiple
/// of sixteen; each begins at a multiple of 64 bytes. A view: it is valid as long as its owner says.
public struct PlanarVertices: @unchecked Sendable {
  // Sendable: read only; the owner says until when.
  public let x: UnsafePointer<Float>
  public let y: UnsafePointer<Float>
  public let z: UnsafePointer<Float>
  public let count: Int
  public let paddedCount: Int

  public init(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, count: Int,
    paddedCount: Int
  ) {
    self.x = x
    self.y = y
    self.z = z
    self.count = count
    self.paddedCount = paddedCount
  }

  /// Three planes of `paddedCount` floats, one after the other.
  init(planes: UnsafePointer<Float>, count: Int, paddedCount: Int) {
    self.init(
      x: planes, y: planes + paddedCount, z: planes + 2 * paddedCount, count: count,
      paddedCount: paddedCount)
  }

  /// The position of one vertex; a convenience, not for loops over a body.
  public subscript(vertex: Int) -> SIMD3<Float> {
    precondition(vertex >= 0 && vertex < count)
    return SIMD3(x[vertex], y[vertex], z[vertex])
  }
}

/// `count` rounded up to whole blocks of sixteen.
func padded(_ count: Int) -> Int { (count + blockWidth - 1) & ~(blockWidth - 1) }
