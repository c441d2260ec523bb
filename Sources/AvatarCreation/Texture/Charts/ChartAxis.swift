import Compute

/// Cylinder coordinates around the trunk or a limb of the rest body: how far along, and which way round.
struct ChartAxis: Sendable {
  private enum Kind { case trunk, leg, arm }

  let group: BodyGroup
  private let kind: Kind
  /// -1 for an arm on the body's right, so that lengths count outwards.
  private let sign: Float
  /// Centres at `count` equal steps along the axis.
  private var centres = [SIMD2<Float>](repeating: .zero, count: ChartAxis.count)
  private var first: Float = 0
  private var step: Float = 1

  private static let count = 64

  /// The groups that have charts.
  static let groups: [BodyGroup] = [.trunk, .leftArm, .rightArm, .leftLeg, .rightLeg]

  init?(_ group: BodyGroup, body: BodySurface) {
    self.group = group
    sign = group == .rightArm ? -1 : 1
    let joints = body.joints
    switch group {
    case .trunk:
      kind = .trunk
      placeTrunk(body)
    case .leftArm, .rightArm:
      kind = .arm
      let chain = group == .leftArm ? [16, 18, 20] : [17, 19, 21]
      place(chain.map { (sign * joints[$0].x, SIMD2(joints[$0].y, joints[$0].z)) })
    case .leftLeg, .rightLeg:
      kind = .leg
      let chain = group == .leftLeg ? [1, 4, 7] : [2, 5, 8]
      place(chain.map { (joints[$0].y, SIMD2(joints[$0].x, joints[$0].z)) })
    default: return nil
    }
  }

  /// Straight between joints, and on beyond the last ones as they are.
  private mutating func place(_ joints: [(along: Float, centre: SIMD2<Float>)]) {
    let sorted = joints.sorted { $0.along < $1.along }
    guard let low = sorted.first, let high = sorted.last, high.along > low.along else { return }
    first = low.along
    step = (high.along - low.along) / Float(Self.count - 1)
    for index in 0..<Self.count {
      let along = first + step * Float(index)
      let upper = sorted.firstIndex { $0.along >= along } ?? sorted.count - 1
      let (a, b) = (sorted[max(upper - 1, 0)], sorted[upper])
      let span = b.along - a.along
      let t = span > 0 ? ((along - a.along) / span).limited(to: 0...1) : 0
      centres[index] = a.centre + (b.centre - a.centre) * t
    }
  }

  /// The middle of front and back at every height.
  private mutating func placeTrunk(_ body: BodySurface) {
    let trunk = (0..<body.vertexCount).filter { body.groups[$0][BodyGroup.trunk.rawValue] >= 0.5 }
    let heights = trunk.map { body.rest[$0].y }
    guard let low = heights.min(), let high = heights.max(), high > low else { return }
    first = low
    step = (high - low) / Float(Self.count - 1)
    var depths = [(Float, Float)?](repeating: nil, count: Self.count)
    for vertex in trunk where abs(body.rest[vertex].x) < 0.12 {
      let place = body.rest[vertex]
      for index in 0..<Self.count where abs(place.y - first - step * Float(index)) < 0.02 {
        let old = depths[index] ?? (place.z, place.z)
        depths[index] = (min(old.0, place.z), max(old.1, place.z))
      }
    }
    var last = depths.compactMap { $0 }.first ?? (0, 0)
    for index in 0..<Self.count {
      last = depths[index] ?? last
      centres[index].y = (last.0 + last.1) / 2
    }
  }

  /// - Returns: metres along the axis (heights, or outwards along an arm), and an angle in radians: 0 to the
  ///   front; pi / 2 to the body's left, on arms upwards.
  @inline(__always)
  func coordinates(_ place: SIMD4<Float>) -> (along: Float, angle: Float) {
    let along = kind == .arm ? sign * place.x : place.y
    let at = ((along - first) / step).limited(to: 0...Float(Self.count - 1))
    let index = min(Int(at), Self.count - 2)
    let centre = centres.withUnsafeBufferPointer { table in
      table[index] + (table[index + 1] - table[index]) * (at - Float(index))
    }
    let sideways = (kind == .arm ? place.y : place.x) - centre.x
    return (along, arcTangent(sideways, place.z - centre.y))
  }

  /// The angle at which the limb of the other side shows the same.
  @inline(__always)
  func twinAngle(_ angle: Float) -> Float { kind == .leg ? -angle : angle }
}

/// atan2 to 1e-4 radians.
@inline(__always)
func arcTangent(_ y: Float, _ x: Float) -> Float {
  let (ax, ay) = (abs(x), abs(y))
  let large = max(ax, ay)
  guard large > 0 else { return 0 }
  let t = min(ax, ay) / large
  let s = t * t
  // Abramowitz and Stegun, 4.4.49.
  var angle =
    t * (0.9998660 + s * (-0.3302995 + s * (0.1801410 + s * (-0.0851330 + s * 0.0208351))))
  if ay > ax { angle = .pi / 2 - angle }
  if x < 0 { angle = .pi - angle }
  return y < 0 ? -angle : angle
}

/// An angle between -pi and pi.
@inline(__always)
func wrapped(_ angle: Float) -> Float {
  angle - 2 * .pi * (angle / (2 * .pi)).rounded()
}
