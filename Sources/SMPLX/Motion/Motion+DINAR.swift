/// DINAR's animations: a pickle `{'body_params_list': [...]}` with one entry a frame, 30 a second.
///
/// Matches: DINAR's `visualize.py --animation`: the five keys below replace the person's, hands
/// are cut to six components and the relaxed mean is added; betas, expression and translation
/// of the file are not used. Differs: the eyes are zero unless DINAR's gaze is asked for
/// (`MotionOptions.gaze`).
import Compute

extension Gaze {
  /// What DINAR gives every body, whatever its file says.
  public static let dinar = Gaze(
    name: "DINAR's constant gaze", leftEye: SIMD3(-0.23671481, -0.14406434, 0.10868622),
    rightEye: SIMD3(-0.39876276, -0.0913531, -0.07875713))
}

extension MotionReader {
  /// The key of the list.
  static let dinarKey = "body_params_list"
  static let dinarFrameRate = 30.0
  /// Hand components that DINAR keeps.
  static let dinarHandComponents = 6

  /// `arrays` are the entries of the list.
  mutating func readDINAR() throws -> MotionClip {
    try addJoints("body_pose", ParameterRows.body, taken: 21, at: MotionFrame.body)
    try addJoints("global_orient", ParameterRows.root, taken: 1, at: 0)
    if arrays.contains("jaw_pose") {
      try addJoints("jaw_pose", ParameterRows.root, taken: 1, at: MotionFrame.jaw)
    }
    let count = Self.dinarHandComponents
    let hasHands = arrays.contains("left_hand_pose") || arrays.contains("right_hand_pose")
    let addsMean = options.hands != .complete
    for (key, offset, side) in [
      ("left_hand_pose", MotionFrame.leftHand, hands?.left),
      ("right_hand_pose", MotionFrame.rightHand, hands?.right),
    ] where arrays.contains(key) {
      try addHand(
        key, at: offset, side: side, components: count, addsMean: addsMean,
        accepts: { (count...45).contains($0) })
    }
    if arrays.contains("transl") {
      notices.append("the animation's translation is ignored, as DINAR does")
    }
    let rate: (value: Double, key: String?) =
      options.frameRate == nil ? (Self.dinarFrameRate, nil) : try frameRate()
    return try finish(
      .dinar,
      hands: hasHands ? .components(count: count, meanAdded: addsMean) : .flat, rate: rate)
  }
}
