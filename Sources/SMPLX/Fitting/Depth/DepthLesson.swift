import Compute
import Foundation

/// What the depth network is to learn from the picture of a body that is known: features and true values,
/// of the left side and of the right.
package struct DepthLesson {
  /// (2, features).
  package private(set) var features: [[Double]] = []
  /// (2, measures): shares of depth of the bones, the camera's pitch.
  package private(set) var values: [[Double]] = []
  package static let valueCount = BoneDepths.measureCount

  /// - Parameter gravity: downwards, in the axes of the camera.
  /// - Throws: `ProgramError` for landmarks that are not finite.
  package init(
    _ landmarks: PersonLandmarks, model: BodyModel, offsets: LandmarkOffsets, betas: [Float],
    pose: BodyPose, gravity: SIMD3<Double>, pool: WorkerPool
  ) throws {
    try landmarks.check()
    let camera = FitCamera(for: landmarks, focalLength: nil)
    let seen = DepthFeatures(landmarks, world: landmarks.world(before: camera))
    let truth = try Self.truth(model, offsets, betas, pose, pool)
    for isLeft in [true, false] {
      func place(_ landmark: Int) -> SIMD3<Double> {
        truth[isLeft ? landmark : LandmarkTable.twin(landmark)]
      }
      features.append(seen.of(isLeft: isLeft))
      values.append(
        BoneDepths.measured.map { (place($0.to) - place($0.from)).normalized.z }
          + [atan2(gravity.z, gravity.y)])
    }
  }

  /// Where landmarks are that agree with the body, by landmark; zero for those that are not used.
  private static func truth(
    _ model: BodyModel, _ offsets: LandmarkOffsets, _ betas: [Float], _ pose: BodyPose,
    _ pool: WorkerPool
  ) throws -> [SIMD3<Double>] {
    let poser = BodyPoser(body: try ShapedBody(model: model, betas: betas), pool: pool)
    try poser.pose(pose)
    let joints = poser.joints(contour: false).map { SIMD3<Double>($0) }
    let orientations = pose.orientations(parents: model.parents)
    let dominant = model.dominantJoints()
    var result = [SIMD3<Double>](repeating: .zero, count: LandmarkTable.count)
    for entry in LandmarkTable.entries {
      guard let (place, joint) = entry.place.found(in: joints, model, dominant) else { continue }
      result[entry.landmark] =
        place + orientations[joint] * SIMD3<Double>(offsets.body[entry.landmark])
    }
    return result
  }
}

extension LandmarkTable.Place {
  /// Where it is and the joint that it follows; nil for a body without such a vertex.
  ///
  /// - Parameter joints: of a posed body, vertex joints behind the others.
  func found(
    in joints: [SIMD3<Double>], _ model: BodyModel, _ dominant: [UInt8]
  ) -> (place: SIMD3<Double>, joint: Int)? {
    switch self {
    case .joint(let number): return (joints[number], number)
    case .vertexJoint(let number):
      guard number < model.vertexJointIDs.count else { return nil }
      return (joints[model.jointCount + number], Int(dominant[model.vertexJointIDs[number]]))
    }
  }
}

extension BodyPose {
  /// Rotations of all joints in the axes that the root's is in.
  func orientations(parents: [Int]) -> [RotationMatrix] {
    var result = rotations.map { RotationMatrix(axisAngle: SIMD3<Double>($0)) }
    for joint in result.indices.dropFirst() {
      result[joint] = result[parents[joint]] * result[joint]
    }
    return result
  }
}
