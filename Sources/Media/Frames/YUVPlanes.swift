// The memory of a yuv420p picture, as the encoder takes it.

/// Three planes: luma (height, width), and two of chroma (height / 2, width / 2), bytes.
///
/// Width and height are even; a picture of odd size has its last column and row repeated.
public struct YUVPlanes: @unchecked Sendable {
  // Sendable: bands of an even first row touch disjoint rows of every plane, and who shares the
  // planes gives each worker its own bands.
  public let y: UnsafeMutablePointer<UInt8>
  public let u: UnsafeMutablePointer<UInt8>
  public let v: UnsafeMutablePointer<UInt8>
  /// Bytes from a luma row to the next.
  public let yStride: Int
  /// Bytes from a chroma row to the next, in both planes.
  public let chromaStride: Int
  public let width: Int
  public let height: Int

  public init(
    y: UnsafeMutablePointer<UInt8>, u: UnsafeMutablePointer<UInt8>,
    v: UnsafeMutablePointer<UInt8>, yStride: Int, chromaStride: Int, width: Int, height: Int
  ) {
    self.y = y
    self.u = u
    self.v = v
    self.yStride = yStride
    self.chromaStride = chromaStride
    self.width = width
    self.height = height
  }

  /// `size` rounded up to even.
  public static func padded(_ size: Int) -> Int { (size + 1) & ~1 }
}
