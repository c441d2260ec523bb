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
  private var reach = Reach()

  /// How far points reach: the largest q.x - tx q.z, -q.x - tx q.z, q.y - ty q.z, -q.y - ty q.z and
  /// -q.z, q relative to the target.
  public struct Reach: Sendable, BitwiseCopyable {
    fileprivate var right = -Float.infinity
    fileprivate var left = -Float.infinity
    fileprivate var bottom = -Float.infinity
    fileprivate var top = -Float.infinity
    fileprivate var backward = -Float.infinity

    /// Nothing.
    public init() {}

    /// Whether all points lie within the picture of an eye at `offset`, for half extents `tangents` at
    /// depth 1.
    func isInside(_ offset: SIMD3<Float>, _ tangents: SIMD2<Float>) -> Bool {
      right <= offset.x - tangents.x * offset.z && left <= -offset.x - tangents.x * offset.z
        && bottom <= offset.y - tangents.y * offset.z && top <= -offset.y - tangents.y * offset.z
    }

    /// Whether all points lie beyond one and the same side of the picture, or behind the eye; of a reach
    /// that was measured with the tangents' other signs.
    ///
    /// The largest -q.x + tx q.z is minus the smallest q.x - tx q.z, and so on.
    func isBeyondOneSide(_ offset: SIMD3<Float>, _ tangents: SIMD2<Float>) -> Bool {
      -left > offset.x - tangents.x * offset.z || -right > -offset.x - tangents.x * offset.z
        || -top > offset.y - tangents.y * offset.z || -bottom > -offset.y - tangents.y * offset.z
    }
  }

  /// - Parameter margin: share of the picture's half size that stays free on each side.
  public init(path: CameraPath, margin: Float) {
    tangents = path.tangents * (1 - margin)
  }

  /// How far the vertices of a frame reach: planes of `count` world coordinates, metres. Frames may be
  /// measured at the same time.
  public func measure(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, count: Int,
    path: CameraPath, frame: Int
  ) -> Reach {
    let (r0, r1, r2) = path.rotation(frame: frame)
    let target = path.target(frame: frame)
    let (tx, ty) = (tangents.x, tangents.y)
    // +-q.x - tx q.z as one product each: the functional in world axes.
    let f = (r0 - tx * r2, -r0 - tx * r2, r1 - ty * r2, -r1 - ty * r2, -r2)
    let largest = maximumProducts(x, y, z, count, f)
    var reach = Reach()
    reach.right = largest.0 - f.0.dot(target)
    reach.left = largest.1 - f.1.dot(target)
    reach.bottom = largest.2 - f.2.dot(target)
    reach.top = largest.3 - f.3.dot(target)
    reach.backward = largest.4 - f.4.dot(target)
    return reach
  }

  /// Takes what was measured into account.
  public mutating func add(_ other: Reach) {
    reach.right = max(reach.right, other.right)
    reach.left = max(reach.left, other.left)
    reach.bottom = max(reach.bottom, other.bottom)
    reach.top = max(reach.top, other.top)
    reach.backward = max(reach.backward, other.backward)
  }

  /// Adds the vertices of a frame, as `measure` takes them.
  public mutating func add(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, count: Int,
    path: CameraPath, frame: Int
  ) {
    add(measure(x: x, y: y, z: z, count: count, path: path, frame: frame))
  }

  /// Whether anything was added.
  public var isEmpty: Bool { reach.right == -.infinity }

  /// Eye relative to the target in camera axes; or nil when nothing was added.
  ///
  /// - Parameters:
  ///   - distance: metres from the eye to the target along the view; nil takes the least distance at
  ///     which everything is seen.
  ///   - isCentred: the target stays in the picture's middle, also where another eye would be closer.
  public func offset(distance: Float? = nil, isCentred: Bool = false) -> SIMD3<Float>? {
    guard !isEmpty else { return nil }
    if isCentred {
      let least = min(
        -max(reach.right, reach.left) / tangents.x, -max(reach.bottom, reach.top) / tangents.y,
        -reach.backward - 0.1)
      return [0, 0, -(distance ?? -least)]
    }
    var z = min(
      -(reach.right + reach.left) / (2 * tangents.x), -(reach.bottom + reach.top) / (2 * tangents.y)
    )
    // Never closer to the nearest point than a hand's breadth.
    z = min(z, -reach.backward - 0.1)
    if let distance { z = -distance }
    return [(reach.right - reach.left) / 2, (reach.bottom - reach.top) / 2, z]
  }
}

/// The largest f . p over `count` points given as planes, for five f at once.
func maximumProducts(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ count: Int,
  _ f: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)
) -> (Float, Float, Float, Float, Float) {
  typealias V = SIMD16<Float>
  @inline(__always) func broadcast(_ f: SIMD3<Float>) -> (x: V, y: V, z: V) {
    (V(repeating: f.x), V(repeating: f.y), V(repeating: f.z))
  }
  let (f0, f1, f2) = (broadcast(f.0), broadcast(f.1), broadcast(f.2))
  let (f3, f4) = (broadcast(f.3), broadcast(f.4))
  let none = V(repeating: -.infinity)
  var (m0, m1, m2, m3, m4) = (none, none, none, none, none)
  let (vx, vy, vz) = (UnsafeRawPointer(x), UnsafeRawPointer(y), UnsafeRawPointer(z))
  let blocks = count / 16
  for block in 0..<blocks {
    let offset = block * 64
    let px = vx.loadUnaligned(fromByteOffset: offset, as: V.self)
    let py = vy.loadUnaligned(fromByteOffset: offset, as: V.self)
    let pz = vz.loadUnaligned(fromByteOffset: offset, as: V.self)
    @inline(__always) func raise(_ largest: inout V, _ f: (x: V, y: V, z: V)) {
      let value = multiplyAdd(px, f.x, multiplyAdd(py, f.y, pz * f.z))
      largest.replace(with: value, where: value .> largest)
    }
    raise(&m0, f0)
    raise(&m1, f1)
    raise(&m2, f2)
    raise(&m3, f3)
    raise(&m4, f4)
  }
  var result = (m0.max(), m1.max(), m2.max(), m3.max(), m4.max())
  for index in blocks * 16..<count {
    let point = SIMD3(x[index], y[index], z[index])
    result.0 = max(result.0, point.dot(f.0))
    result.1 = max(result.1, point.dot(f.1))
    result.2 = max(result.2, point.dot(f.2))
    result.3 = max(result.3, point.dot(f.3))
    result.4 = max(result.4, point.dot(f.4))
  }
  return result
}
