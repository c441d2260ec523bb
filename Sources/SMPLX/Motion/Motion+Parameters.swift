/// Plain arguments of the `smplx` package: `global_orient`, `body_pose`, `left_hand_pose` ... of
/// all frames at once, or a list with an entry for each frame.
///
/// Matches: smplx.SMPLX.forward: hands of fewer than 45 numbers are coefficients of the model's
/// hand components; the mean hand is added to components and to rotations alike unless the file
/// says `flat_hand_mean`. Differs: rotation matrices are read as well, and taken as complete.
import Compute

extension MotionReader {
  /// Whether these are smplx arguments.
  var hasParameters: Bool { arrays.contains("global_orient") || arrays.contains("body_pose") }

  mutating func readParameters() throws -> MotionClip {
    if arrays.contains("body_pose") {
      // SMPL's body has 23 joints; its last two are whole hands, which SMPL-X does not have.
      try add(
        "body_pose", width: 63,
        pieces: [.init(column: 0, offset: MotionFrame.body, count: 63)],
        expected: "63 numbers (21 joints)",
        accepts: { [63, 69, 189, 207].contains($0) },
        convert: { row, width, output in
          Self.copyRotations(row, matrices: width >= 189, count: 21, to: output)
        })
    }
    let joints = [
      ("global_orient", 0), ("jaw_pose", MotionFrame.jaw), ("leye_pose", MotionFrame.eyes),
      ("reye_pose", MotionFrame.eyes + 3),
    ]
    for (key, offset) in joints where arrays.contains(key) {
      try addJoints(key, count: 1, at: offset)
    }
    let kind = try addHands()
    try addTranslation(["transl", "trans", "translation"])
    try addExpression("expression")
    return try finish(.smplxParameters, hands: kind, rate: frameRate())
  }

  /// Both hands, in whichever form the file has them.
  private mutating func addHands() throws -> MotionHands {
    let flatMean = try arrays.number("flat_hand_mean").map { $0 != 0 } ?? false
    let addsMean = options.addsHandMean ?? !flatMean
    let usesComponents = try arrays.number("use_pca").map { $0 != 0 } ?? false
    var kind = MotionHands.flat
    let sides = [
      ("left_hand_pose", MotionFrame.leftHand, hands?.left),
      ("right_hand_pose", MotionFrame.rightHand, hands?.right),
    ]
    for (key, offset, side) in sides where arrays.contains(key) {
      let width = try handWidth(key)
      if width == 135 {
        try addJoints(key, count: 15, at: offset)
        kind = .rotations
      } else if width == 45, !usesComponents {
        try addHand(key, at: offset, side: side, components: nil, addsMean: addsMean)
        kind = addsMean ? .rotationsFromMean : .rotations
      } else {
        try addHand(key, at: offset, side: side, components: width, addsMean: addsMean)
        kind = .components(count: width, meanAdded: addsMean)
      }
    }
    return kind
  }

  /// Numbers of a hand in the first entry.
  private func handWidth(_ key: String) throws -> Int {
    let shape = try arrays.shape(key, entry: 0) ?? []
    let table = MotionTable(
      arrays: arrays, key: key, width: 45, pieces: [],
      accepts: { (1...45).contains($0) || $0 == 135 }, expected: "")
    let known = frames?.first
    guard let (rows, width) = try table.split(shape, frames: known), rows == known ?? rows else {
      throw arrays.error(
        "the array has an unexpected shape", key: key,
        expected: "\(known.map(String.init) ?? "frames") x 45 numbers (15 joints) or fewer "
          + "(hand components)",
        found: shape.map(String.init).joined(separator: " x "))
    }
    return width
  }

  /// A hand of 45 numbers that becomes rotations: `components` coefficients (the first ones of a
  /// row; nil: the row is rotations already), and the mean if `addsMean`. Without a body model
  /// the coefficients have no meaning and the hand stays flat.
  mutating func addHand(
    _ key: String, at offset: Int, side: MotionHandModel.Side?, components: Int?, addsMean: Bool,
    accepts: ((Int) -> Bool)? = nil
  ) throws {
    let expected = components.map { "\($0) hand components" } ?? "45 numbers (15 joints)"
    try add(
      key, width: 45, pieces: [.init(column: 0, offset: offset, count: 45)], expected: expected,
      accepts: accepts ?? { $0 == components ?? 45 }, isRotation: components == nil,
      convert: { row, _, output in
        if let components {
          if let side {
            decodeHand(
              row, count: components, components: side.components,
              mean: addsMean ? side.mean : nil, to: output)
          } else {
            output.update(repeating: 0, count: 45)
          }
        } else {
          for i in 0..<45 { output[i] = row[i] + (addsMean ? side?.mean[i] ?? 0 : 0) }
        }
      })
  }
}
