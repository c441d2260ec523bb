/// From the numbers of a frame to where each joint is and how it is turned.
import Compute

/// Where the joints of a skeleton are in one frame, in the file's own unit and axes.
public struct BVHPose: Sendable, Equatable {
  /// (J) of the joints' origins.
  public var positions: [SIMD3<Double>]
  /// (J) from each joint's own axes to the file's.
  public var rotations: [RotationMatrix]
}

/// A skeleton laid out for posing.
struct BVHKinematics: Sendable {
  let parents: [Int]
  let offsets: [SIMD3<Double>]
  let channelCount: Int
  /// Of each joint, the first of its channels in `channels`, and one more at the end.
  private let firstChannel: [Int]
  private let channels: [BVHSkeleton.Channel]

  var jointCount: Int { parents.count }

  init(_ skeleton: BVHSkeleton) {
    parents = skeleton.joints.map(\.parent)
    offsets = skeleton.joints.map(\.offset)
    channels = skeleton.joints.flatMap(\.channels)
    channelCount = channels.count
    firstChannel = skeleton.joints.map(\.firstColumn) + [channels.count]
  }

  /// Poses one frame. Channels are applied in the file's order; position channels replace the
  /// offset's axis.
  ///
  /// - Parameters:
  ///   - row: `channelCount` numbers, degrees and lengths.
  ///   - positions, rotations: (J) each, the result.
  func pose(
    _ row: UnsafePointer<Float>, positions: UnsafeMutablePointer<SIMD3<Double>>,
    rotations: UnsafeMutablePointer<RotationMatrix>
  ) {
    for joint in 0..<parents.count {
      var offset = offsets[joint]
      var local = RotationMatrix.identity
      for column in firstChannel[joint]..<firstChannel[joint + 1] {
        let channel = channels[column]
        if channel.isRotation {
          local = local.turned(axis: channel.axis, degrees: Double(row[column]))
        } else {
          offset[channel.axis] = Double(row[column])
        }
      }
      let parent = parents[joint]
      if parent >= 0 {
        positions[joint] = positions[parent] + rotations[parent] * offset
        rotations[joint] = rotations[parent] * local
      } else {
        positions[joint] = offset
        rotations[joint] = local
      }
    }
  }

  /// As `pose(_:positions:rotations:)`, in new arrays.
  func pose(_ row: [Float]) -> BVHPose {
    var positions = [SIMD3<Double>](repeating: .zero, count: jointCount)
    var rotations = [RotationMatrix](repeating: .identity, count: jointCount)
    pose(row, positions: &positions, rotations: &rotations)
    return BVHPose(positions: positions, rotations: rotations)
  }
}

extension BVHFile {
  /// One frame's positions and rotations.
  public func pose(frame index: Int) throws -> BVHPose {
    var row = [Float](repeating: 0, count: skeleton.channelCount)
    try read(frame: index, into: &row)
    return BVHKinematics(skeleton).pose(row)
  }
}
