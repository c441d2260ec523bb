import Compute
import Foundation

/// A motion without the trembling of poses that were found frame by frame.
///
/// Each frame is a weighted mean of its neighbours, a Gaussian in time: rotations as quaternions on the side
/// of the middle one, translations and expressions as numbers. Frames are made when they are asked for.
public struct SmoothedMotion: Motion {
  private let source: any Motion
  /// Weights of the frames before, the middle one first.
  private let weights: [Double]

  public var frameCount: Int { source.frameCount }
  public var frameRate: Double { source.frameRate }
  public var expressionCount: Int { source.expressionCount }
  public var summary: MotionSummary { source.summary }

  /// Frames on either side that are averaged at most.
  static let mostNeighbours = 2000

  /// - Parameter seconds: the width of the mean, where its weights have fallen to a half.
  public init(_ source: any Motion, seconds: Double) {
    self.source = source
    // Half the weight at half the width.
    let deviation = seconds * source.frameRate / (2 * (2 * log(2)).squareRoot())
    let count = min(Self.mostNeighbours, max(0, Int(saturating: (3 * deviation).rounded(.up))))
    weights = (0...count).map { distance in
      deviation > 0
        ? exp(-0.5 * (Double(distance) / deviation) * (Double(distance) / deviation))
        : distance == 0 ? 1 : 0
    }
  }

  private init(_ source: any Motion, weights: [Double]) {
    self.source = source
    self.weights = weights
  }

  public func fitted(to restJoints: [SIMD3<Float>]) throws -> any Motion {
    try SmoothedMotion(source.fitted(to: restJoints), weights: weights)
  }

  public func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws {
    let width = frameWidth
    try source.read(frame: index, into: frame)
    guard weights.count > 1, frameCount > 1 else { return }
    let middle = (0..<BodyPose.jointCount).map {
      UnitQuaternion(axisAngle: Orientation.rotation(frame, $0))
    }
    var sums = [SIMD4<Double>](repeating: .zero, count: BodyPose.jointCount)
    var rest = [Double](repeating: 0, count: width - MotionFrame.translation)
    var total = 0.0
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
      guard let neighbour = scratch.baseAddress else { return }
      for distance in -(weights.count - 1)...(weights.count - 1) {
        // The ends hold.
        let place = min(max(index + distance, 0), frameCount - 1)
        try source.read(frame: place, into: neighbour)
        let weight = weights[abs(distance)]
        total += weight
        for joint in 0..<BodyPose.jointCount {
          let q = UnitQuaternion(axisAngle: Orientation.rotation(neighbour, joint)).vector
          let side = (q * middle[joint].vector).sum() < 0 ? -weight : weight
          sums[joint] += q * side
        }
        for i in rest.indices { rest[i] += weight * Double(neighbour[MotionFrame.translation + i]) }
      }
    }
    for joint in 0..<BodyPose.jointCount {
      let r = UnitQuaternion(vector: sums[joint]).axisAngle
      for axis in 0..<3 { frame[3 * joint + axis] = Float(r[axis]) }
    }
    for i in rest.indices { frame[MotionFrame.translation + i] = Float(rest[i] / total) }
  }
}

extension UnitQuaternion {
  fileprivate var vector: SIMD4<Double> { SIMD4(v, w) }

  /// The rotation of a sum of quaternions.
  fileprivate init(vector: SIMD4<Double>) {
    let size = max((vector * vector).sum().squareRoot(), 1e-12)
    self.init(w: vector.w / size, v: SIMD3(vector.x, vector.y, vector.z) / size)
  }
}
