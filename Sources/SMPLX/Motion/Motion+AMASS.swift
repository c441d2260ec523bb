/// AMASS recordings: one `poses` array, or the SMPL-X archive's separate arrays.
///
/// Hands are complete rotations there: no components, no mean. Layouts are told by the number of
/// columns, not by the file's name: 156 SMPL-H, 165 SMPL-X, 72 SMPL, 66 the body only.
import Compute

extension MotionReader {
  static let poseKeys = ["poses", "pose", "fullpose", "full_pose"]
  static let translationKeys = ["trans", "transl", "translation"]

  /// Where the columns of a `poses` array go, by their number.
  private static let layouts: [Int: (layout: MotionLayout, pieces: [MotionClip.Piece])] = [
    165: (.amassSMPLX, [.init(column: 0, offset: 0, count: 165)]),
    // SMPL-H has no jaw and no eyes between the body and the hands.
    156: (
      .amassSMPLH,
      [
        .init(column: 0, offset: 0, count: 66),
        .init(column: 66, offset: MotionFrame.leftHand, count: 90),
      ]
    ),
    // SMPL's joints 22 and 23 are whole hands, which SMPL-X does not have.
    72: (.smpl, [.init(column: 0, offset: 0, count: 66)]),
    66: (.bodyOnly, [.init(column: 0, offset: 0, count: 66)]),
  ]

  /// The key of a `poses` array whose shape is understood, with its layout.
  func posesLayout() throws -> (key: String, columns: Int)? {
    for key in Self.poseKeys where arrays.contains(key) {
      guard let shape = try arrays.shape(key, entry: 0) else { continue }
      let table = MotionTable(
        arrays: arrays, key: key, width: 3, pieces: [],
        accepts: { Self.layouts[$0] != nil }, expected: "")
      if let (_, columns) = try table.split(shape, frames: nil) { return (key, columns) }
    }
    return nil
  }

  /// Whether the SMPL-X archive's separate arrays are there.
  var hasSeparatePoses: Bool { arrays.contains("root_orient") && arrays.contains("pose_body") }

  /// A file with `poses`.
  mutating func readPoses(key: String, columns: Int) throws -> MotionClip {
    guard let (layout, pieces) = Self.layouts[columns] else {
      throw arrays.error("the array has an unexpected shape", key: key, found: "\(columns) columns")
    }
    try add(
      key, width: columns, pieces: pieces, expected: "\(columns) numbers",
      accepts: { $0 == columns })
    try addTranslation(Self.translationKeys)
    try compareModelType(layout)
    let hands: MotionHands = columns >= 156 ? .rotations : .flat
    return try finish(layout, hands: hands, rate: frameRate())
  }

  /// A file with root_orient, pose_body and, where it has them, pose_hand, pose_jaw, pose_eye.
  mutating func readSeparatePoses() throws -> MotionClip {
    try addJoints("root_orient", count: 1, at: 0)
    try addJoints("pose_body", count: 21, at: MotionFrame.body)
    let optional = [
      ("pose_jaw", 1, MotionFrame.jaw), ("pose_eye", 2, MotionFrame.eyes),
      ("pose_hand", 30, MotionFrame.leftHand),
    ]
    for (key, count, offset) in optional where arrays.contains(key) {
      try addJoints(key, count: count, at: offset)
    }
    try addTranslation(Self.translationKeys)
    let isSMPLX = arrays.contains("pose_jaw") || arrays.contains("pose_eye")
    let layout: MotionLayout =
      isSMPLX ? .amassSMPLX : arrays.contains("pose_hand") ? .amassSMPLH : .bodyOnly
    try compareModelType(layout)
    return try finish(
      layout, hands: arrays.contains("pose_hand") ? .rotations : .flat, rate: frameRate())
  }

  /// Some files name their model; a name that contradicts the columns is worth a word.
  private mutating func compareModelType(_ layout: MotionLayout) throws {
    guard let name = try arrays.text("surface_model_type")?.lowercased() else { return }
    let expected: MotionLayout? =
      name.hasPrefix("smplx") ? .amassSMPLX : name.hasPrefix("smplh") ? .amassSMPLH : nil
    if let expected, expected != layout {
      notices.append("`surface_model_type` says \(name), the columns are \(layout.label)")
    }
  }
}
