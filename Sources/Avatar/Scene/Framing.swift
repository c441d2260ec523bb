import Compute
import SMPLX

/// Finds the eye from which everything that was added is just inside the picture.
///
/// With q = R (p - target) and the eye at c in camera axes, the point is inside when
/// |q.x - c.x| <= tx (q.z - c.z), and the same for y. Both sides are linear, so the four largest
/// values of +-q.x - tx q.z and +-q.y - ty q.z over all points of all frames decide: this is the
/// exact answer, not a bounding box's.
public struct Framing: Sendable {
  /// Half extents of the picture at depth 1, after the margin.
  public let tangents: SIMD2<Float>
  private var right = -Float.infinity
  private var left = -Float.infinity
  private var bottom = -Float.infinity
  private var top = -Float.infinity
  private var nearest = Float.infinity

  /// - Parameter margin: share of the picture's half size that stays free on each side.
  public init(path: CameraPath, margin: Float) {
    tangents = path.tangents * (1 - margin)
  }

  /// Adds the vertices of a frame: planes of `count` world coordinates, metres.
  public mutating func add(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, count: Int,
    path: CameraPath, frame: Int
  ) {
    let (r0, r1, r2) = path.rotation(frame: frame)
    let target = path.target(frame: frame)
    let (tx, ty) = (tangents.x, tangents.y)
    // +-q.x - tx q.z as one product each: the functional in world axes.
    let functionals = [r0 - tx * r2, -r0 - tx * r2, r1 - ty * r2, -r1 - ty * r2, -r2]
    var largest = [Float](repeating: -.infinity, count: 5)
    for (index, functional) in functionals.enumerated() {
      largest[index] =
        maximumProduct(x, y, z, count, functional) - dot(functional, target)
    }
    right = max(right, largest[0])
    left = max(left, largest[1])
    bottom = max(bottom, largest[2])
    top = max(top, largest[3])
    nearest = min(nearest, -largest[4])
  }

  /// Whether anything was added.
  public var isEmpty: Bool { right == -.infinity }

  /// Eye relative to the target in camera axes; or nil when nothing was added.
  ///
  /// - Parameter distance: metres from the eye to the target along the view; nil takes the least
  ///   distance at which everything is seen.
  public func offset(distance: Float? = nil) -> SIMD3<Float>? {
    guard !isEmpty else { return nil }
    var z = min(-(right + left) / (2 * tangents.x), -(bottom + top) / (2 * tangents.y))
    // Never closer to the nearest point than a hand's breadth.
    z = min(z, nearest - 0.1)
    if let distance { z = -distance }
    return [(right - left) / 2, (bottom - top) / 2, z]
  }
}

/// The largest f . p over `count` points given as planes.
func maximumProduct(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ count: Int,
  _ f: SIMD3<Float>
) -> Float {
  var largest = SIMD16<Float>(repeating: -.infinity)
  let (fx, fy, fz) = (
    SIMD16(repeating: f.x), SIMD16(repeating: f.y), SIMD16(repeating: f.z)
  )
  let blocks = count / 16
  let vx = UnsafeRawPointer(x), vy = UnsafeRawPointer(y), vz = UnsafeRawPointer(z)
  for block in 0..<blocks {
    let offset = block * 64
    let value = multiplyAdd(
      vx.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self), fx,
      multiplyAdd(
        vy.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self), fy,
        vz.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self) * fz))
    largest.replace(with: value, where: value .> largest)
  }
  var result = largest.max()
  for index in blocks * 16..<count {
    result = max(result, x[index] * f.x + y[index] * f.y + z[index] * f.z)
  }
  return result
}
