import Compute

/// How much of each bone's length goes away from the camera, of both sides of a body, and how the camera
/// is tilted.
struct BoneDepths {
  struct Measure: Sendable {
    var value: Double
    var deviation: Double
  }

  struct Bone: Sendable {
    /// Body landmarks.
    var from, to: Int
    /// Share of the bone's length that goes away from the camera, -1 to 1.
    var share: Measure
  }

  private(set) var bones: [Bone] = []
  /// Downwards, radians.
  let pitch: Measure

  /// What the network says in this order, and the tilt after it; named as the left side sees them. Those from
  /// one side to the other either side tells.
  static let measured: [(from: Int, to: Int)] = [
    (11, 13), (13, 15), (11, 15), (15, 19), (23, 25), (25, 27), (23, 11), (29, 31), (11, 12),
    (23, 24), (11, 7),
  ]
  static let measureCount = measured.count + 1

  init(_ network: DepthNetwork, _ features: DepthFeatures) {
    let left = network(features.of(isLeft: true))
    let right = network(features.of(isLeft: false))
    let last = Self.measured.count
    for (number, bone) in Self.measured.enumerated() {
      let twins = (LandmarkTable.twin(bone.from), LandmarkTable.twin(bone.to))
      if twins == (bone.to, bone.from) {
        // The mirror image sees it from the other end.
        let mean = (left[number].value - right[number].value) / 2
        let deviation = (left[number].deviation + right[number].deviation) / 2
        bones.append(
          Bone(
            from: bone.from, to: bone.to, share: Measure(value: mean, deviation: deviation)))
      } else {
        bones.append(Bone(from: bone.from, to: bone.to, share: left[number]))
        bones.append(Bone(from: twins.0, to: twins.1, share: right[number]))
      }
    }
    pitch = Measure(
      value: (left[last].value + right[last].value) / 2,
      deviation: (left[last].deviation + right[last].deviation) / 2)
  }
}
