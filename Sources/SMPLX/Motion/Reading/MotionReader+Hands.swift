import Compute

extension MotionReader {
  /// Jaw, eyes and hands that have keys of their own.
  mutating func addParts(_ c: ParameterConventions) throws -> MotionHands {
    let keys = c.keys
    if let key = arrays.first(keys.jaw) {
      try addJoints(key, ParameterRows.root, taken: 1, at: MotionFrame.jaw)
    }
    if let key = arrays.first(keys.head) {
      try addJoints(key, [3], taken: 3, at: MotionFrame.jaw)
    }
    if let key = arrays.first(keys.eyes) {
      try addJoints(key, [2], taken: 2, at: MotionFrame.eyes)
    }
    for (names, offset) in [
      (keys.leftEye, MotionFrame.eyes), (keys.rightEye, MotionFrame.eyes + 3),
    ] {
      if let key = arrays.first(names) {
        try addJoints(key, ParameterRows.root, taken: 1, at: offset)
      }
    }
    if options.hands == .flat {
      for key in keys.hands + keys.leftHand + keys.rightHand where arrays.contains(key) {
        markUsed(key)
      }
      return .flat
    }
    if let key = arrays.first(keys.hands) {
      try addJoints(key, ParameterRows.hands, taken: 30, at: MotionFrame.leftHand)
      guard options.hands == .relative, let hands else { return .rotations }
      addHandMeans(hands)
      return .rotationsFromMean
    }
    return try addSides(c)
  }

  /// Both hands, in whichever form the file has them.
  private mutating func addSides(_ c: ParameterConventions) throws -> MotionHands {
    let isFlat = try arrays.number("flat_hand_mean").map { $0 != 0 } ?? false
    let reading = options.hands ?? c.hands ?? (isFlat ? .complete : .relative)
    let addsMean = reading == .relative
    let usesComponents = try arrays.number("use_pca").map { $0 != 0 } ?? false
    var kind = MotionHands.flat
    let sides = [
      (c.keys.leftHand, MotionFrame.leftHand, hands?.left),
      (c.keys.rightHand, MotionFrame.rightHand, hands?.right),
    ]
    for (names, offset, side) in sides {
      guard let key = arrays.first(names) else { continue }
      let width = try handWidth(key)
      if width > 45 {
        try addJoints(key, ParameterRows.hand, taken: 15, at: offset)
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
      accepts: { (1...45).contains($0) || ParameterRows(width: $0, ParameterRows.hand) != nil },
      expected: "")
    let known = frames?.first
    guard let (rows, width) = try table.split(shape, frames: known),
      rows == known ?? rows || rows == 1
    else {
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
      accepts: accepts ?? { $0 == components ?? 45 },
      quantity: components == nil ? .angle : .coefficient,
      convert: { row, _, output in
        if let components {
          MotionHandModel.decode(
            row, count: components, side: side, addsMean: addsMean, to: output)
        } else {
          for i in 0..<45 { output[i] = row[i] + (addsMean ? side?.mean[i] ?? 0 : 0) }
        }
      })
  }
}

extension MotionHandModel {
  /// A hand of `count` coefficients as 45 numbers; flat where there is no model of it.
  static func decode(
    _ row: UnsafePointer<Float>, count: Int, side: Side?, addsMean: Bool,
    to output: UnsafeMutablePointer<Float>
  ) {
    guard let side else { return output.update(repeating: 0, count: 45) }
    decodeHand(
      row, count: count, components: side.components, mean: addsMean ? side.mean : nil, to: output)
  }
}
