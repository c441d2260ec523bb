import Compute
import Foundation

/// How high the floor lies under a motion, over time: what `ground` takes off.
///
/// The lowest point of the body is the floor wherever the body touches it within a second: jumps stay jumps,
/// the slow rise and fall of a trajectory that was guessed goes, and nothing trembles.
struct FloorTrack: Sendable {
  private let heights: [Float]
  private let start: Double
  private let step: Double

  /// Seconds before and after within which the body must have touched the floor once.
  private static let reach = 1.0
  /// Seconds over which the floor's height is evened out.
  private static let evening = 0.25
  /// Looks at the body a second; more would not be seen.
  private static let looks = 30.0
  static let mostLooks = 4_000_000

  /// Height of the floor at a time, metres.
  func height(at time: Double) -> Float {
    let place = min(max((time - start) / step, 0), Double(heights.count - 1))
    let index = min(Int(place), heights.count - 2)
    guard index >= 0 else { return heights.first ?? 0 }
    let fraction = Float(place - Double(index))
    return heights[index] + fraction * (heights[index + 1] - heights[index])
  }

  /// - Parameters:
  ///   - span: seconds of the motion that are shown.
  ///   - lowest: the height of the body's lowest point at a time, metres.
  init(over span: ClosedRange<Double>, lowest: (Double) throws -> Double) rethrows {
    let length = span.upperBound - span.lowerBound
    let count = min(Self.mostLooks, max(1, Int(saturating: (length * Self.looks).rounded(.up)) + 1))
    start = span.lowerBound
    step = count > 1 ? length / Double(count - 1) : 1
    var looked: [Float] = []
    looked.reserveCapacity(count)
    for index in 0..<count { looked.append(Float(try lowest(start + Double(index) * step))) }
    let reach = min(count, Int(saturating: (Self.reach / step).rounded()))
    let eroded = Self.extremes(looked, reach: reach, min)
    heights = Self.smoothed(
      Self.extremes(eroded, reach: reach, max), deviation: Self.evening / step)
  }

  /// The extreme of each element's neighbourhood, in time that does not grow with its size.
  static func extremes(
    _ values: [Float], reach: Int, _ pick: (Float, Float) -> Float
  ) -> [Float] {
    // Van Herk's two passes over blocks as long as the window.
    let window = 2 * reach + 1
    let count = values.count
    let padded = (0..<count + 2 * reach).map { values[min(max($0 - reach, 0), count - 1)] }
    var (forward, backward) = (padded, padded)
    for index in padded.indices where index % window != 0 {
      forward[index] = pick(forward[index - 1], padded[index])
    }
    for index in padded.indices.reversed().dropFirst() where (index + 1) % window != 0 {
      backward[index] = pick(backward[index + 1], padded[index])
    }
    return (0..<count).map { pick(backward[$0], forward[$0 + window - 1]) }
  }

  private static func smoothed(_ values: [Float], deviation: Double) -> [Float] {
    let reach = Int(saturating: (3 * deviation).rounded(.up))
    guard reach > 0, values.count > 1 else { return values }
    let weights = (0...reach).map { exp(-0.5 * pow(Double($0) / deviation, 2)) }
    let total = weights.reduce(0, +) * 2 - weights[0]
    return values.indices.map { index in
      var sum = 0.0
      for distance in -reach...reach {
        let place = min(max(index + distance, 0), values.count - 1)
        sum += weights[abs(distance)] * Double(values[place])
      }
      return Float(sum / total)
    }
  }
}

/// Points of a body that touch the floor first: soles, and joints with their flesh about them.
struct TouchingPoints: Sendable {
  private let rest: [SIMD3<Double>]
  private let parents: [Int]
  /// Points that follow a joint.
  private let soles: [(joint: Int, place: SIMD3<Double>)]
  /// Joints other than feet, and the flesh below them, metres.
  private static let flesh: [(joint: Int, radius: Double)] = [
    (0, 0.11), (1, 0.09), (2, 0.09), (4, 0.06), (5, 0.06), (15, 0.1), (16, 0.06), (17, 0.06),
    (18, 0.04), (19, 0.04), (20, 0.04), (21, 0.04),
  ]

  init(_ body: ShapedBody) {
    rest = body.restJoints.map { SIMD3<Double>($0) }
    parents = body.model.parents
    let followed = body.model.dominantJoints()
    let vertices = body.restVertices
    var soles: [(joint: Int, place: SIMD3<Double>)] = []
    for joints in [[7, 10], [8, 11]] {
      let foot = followed.indices.filter { joints.contains(Int(followed[$0])) }
      guard let lowest = foot.map({ vertices.y[$0] }).min() else { continue }
      let sole = foot.filter { vertices.y[$0] < lowest + 0.015 }
      let extremes: [(Int, Int) -> Bool] = [
        { vertices.y[$0] < vertices.y[$1] }, { vertices.z[$0] < vertices.z[$1] },
        { vertices.z[$0] > vertices.z[$1] }, { vertices.x[$0] < vertices.x[$1] },
        { vertices.x[$0] > vertices.x[$1] },
      ]
      for order in extremes {
        guard let vertex = sole.min(by: order) else { continue }
        soles.append((Int(followed[vertex]), SIMD3<Double>(vertices[vertex])))
      }
    }
    self.soles = soles
  }

  /// The height of the lowest point of a pose, metres.
  func lowest(_ pose: BodyPose) -> Double {
    let count = min(rest.count, pose.rotations.count, 22)
    guard count == 22 else { return 0 }
    var world = [RigidTransform](
      repeating: RigidTransform(rotation: .identity, position: .zero), count: count)
    let rotations = pose.rotations.prefix(count).map {
      RotationMatrix(axisAngle: SIMD3<Double>($0))
    }
    chainJoints(rotations, rest, parents, count, &world)
    var lowest = Double.infinity
    for (joint, place) in soles {
      lowest = min(
        lowest, (world[joint].position + world[joint].rotation * (place - rest[joint])).y)
    }
    for (joint, radius) in Self.flesh { lowest = min(lowest, world[joint].position.y - radius) }
    return lowest + Double(pose.translation.y)
  }
}
