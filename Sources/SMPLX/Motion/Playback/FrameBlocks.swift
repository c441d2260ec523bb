import Compute
import Synchronization

/// Sums of a motion's frames, so many at a time, kept as long as they are near to what is asked for.
///
/// Safe from several threads: a block that two ask for at once may be made twice.
final class FrameBlocks: Sendable {
  /// The sum of `size` frames.
  struct Block: Sendable {
    /// Of the joints' quaternions, each on the side of the block's first.
    var rotations: [SIMD4<Double>]
    /// Of the translation and what follows it.
    var rest: [Double]
  }

  let size: Int
  private let motion: any Motion
  private let kept = Mutex<[Int: Block]>([:])

  /// Two kilobytes each.
  private static let most = 512

  init(_ motion: any Motion, size: Int) {
    self.motion = motion
    self.size = size
  }

  /// The frames from `number * size` on; before the first frame and behind the last one those hold.
  func block(_ number: Int) throws -> Block {
    let last = motion.frameCount - 1
    // All blocks on one side are of one frame.
    let number = min(max(number, -1), last / size + 1)
    if let block = kept.withLock({ $0[number] }) { return block }
    let block = try sum(number, last)
    kept.withLock { kept in
      if kept.count >= Self.most {
        kept = kept.filter { abs($0.key - number) < Self.most / 4 }
      }
      kept[number] = block
    }
    return block
  }

  private func sum(_ number: Int, _ last: Int) throws -> Block {
    let width = motion.frameWidth
    var block = Block(
      rotations: [SIMD4<Double>](repeating: .zero, count: BodyPose.jointCount),
      rest: [Double](repeating: 0, count: width - MotionFrame.translation))
    let (first, end) = (
      min(max(number * size, 0), last), min(max((number + 1) * size - 1, 0), last)
    )
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
      guard let frame = scratch.baseAddress else { return }
      for index in first...end {
        // Frames beyond an end count as often as they are asked for.
        var times = 1
        if index == first { times += max(0, min(size, first - number * size)) }
        if index == end, index == last { times += max(0, (number + 1) * size - 1 - end) }
        times = min(times, size)
        try motion.read(frame: index, into: frame)
        for joint in 0..<BodyPose.jointCount {
          let q = UnitQuaternion(axisAngle: Orientation.rotation(frame, joint)).vector
          let isBehind = (q * block.rotations[joint]).sum() < 0
          block.rotations[joint] += q * (isBehind ? -Double(times) : Double(times))
        }
        for i in block.rest.indices {
          block.rest[i] += Double(times) * Double(frame[MotionFrame.translation + i])
        }
      }
    }
    return block
  }
}

extension UnitQuaternion {
  var vector: SIMD4<Double> { SIMD4(v, w) }
}
