import Compute
import Foundation

/// A motion without the trembling of poses that were found frame by frame.
///
/// Each frame is a weighted mean of its neighbours, a Gaussian in time: rotations as quaternions on the side
/// of the middle one, translations and expressions as numbers. Frames are made when they are asked for. Of a
/// wide mean the neighbours are summed up in blocks, each once (`FrameBlocks`), so that no width is slow.
public struct SmoothedMotion: Motion {
  private let source: any Motion
  /// Frames from the middle to where the weights have fallen to exp(-1/2); 0 for no smoothing.
  private let deviation: Double
  private let blocks: FrameBlocks

  public var frameCount: Int { source.frameCount }
  public var frameRate: Double { source.frameRate }
  public var expressionCount: Int { source.expressionCount }
  public var summary: MotionSummary { source.summary }
  public var followsBody: Bool { source.followsBody }

  /// Blocks in a standard deviation: their weights are those of their middles.
  private static let fineness = 8.0

  /// - Parameter seconds: the width of the mean, where its weights have fallen to a half.
  public init(_ source: any Motion, seconds: Double) {
    // Half the weight at half the width.
    self.init(source, deviation: seconds * source.frameRate / (2 * (2 * log(2)).squareRoot()))
  }

  private init(_ source: any Motion, deviation: Double) {
    self.source = source
    self.deviation = deviation
    blocks = FrameBlocks(
      source, size: max(1, Int(saturating: deviation / Self.fineness, .down)))
  }

  public func fitted(to restJoints: [SIMD3<Float>]) throws -> any Motion {
    try SmoothedMotion(source.fitted(to: restJoints), deviation: deviation)
  }

  public func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws {
    try source.read(frame: index, into: frame)
    guard deviation > 0, frameCount > 1 else { return }
    let middle = (0..<BodyPose.jointCount).map {
      UnitQuaternion(axisAngle: Orientation.rotation(frame, $0)).vector
    }
    var sums = [SIMD4<Double>](repeating: .zero, count: BodyPose.jointCount)
    var rest = [Double](repeating: 0, count: frameWidth - MotionFrame.translation)
    var total = 0.0
    let size = blocks.size
    func add(_ block: FrameBlocks.Block, _ weight: Double) {
      total += weight * Double(size)
      for joint in 0..<BodyPose.jointCount {
        let sum = block.rotations[joint]
        sums[joint] += sum * ((sum * middle[joint]).sum() < 0 ? -weight : weight)
      }
      for i in rest.indices { rest[i] += weight * block.rest[i] }
    }
    // A block reaches from its first frame to its last.
    let reach = 3 * deviation + Double(size) / 2
    let first = Int(saturating: ((Double(index) - reach) / Double(size)).rounded(.down))
    let last = Int(saturating: ((Double(index) + reach) / Double(size)).rounded(.up))
    for number in first...max(first, last) {
      let distance = (Double(number) + 0.5) * Double(size) - 0.5 - Double(index)
      guard abs(distance) <= reach else { continue }
      add(
        try blocks.block(number),
        exp(-0.5 * (distance / deviation) * (distance / deviation)))
    }
    guard total > 0 else { return }
    for joint in 0..<BodyPose.jointCount {
      let r = UnitQuaternion(vector: sums[joint]).axisAngle
      for axis in 0..<3 { frame[3 * joint + axis] = Float(r[axis]) }
    }
    for i in rest.indices { frame[MotionFrame.translation + i] = Float(rest[i] / total) }
  }
}

extension UnitQuaternion {
  /// The rotation of a sum of quaternions.
  fileprivate init(vector: SIMD4<Double>) {
    let size = max((vector * vector).sum().squareRoot(), 1e-12)
    self.init(w: vector.w / size, v: SIMD3(vector.x, vector.y, vector.z) / size)
  }
}
