import Compute

/// Rows of all joints: which key holds them, and what is read of them.
extension MotionReader {
  /// The key of rows of all joints whose shape is understood and whose numbers are no positions.
  mutating func joinedKey(_ keys: ParameterKeys) throws -> String? {
    var positions: [String] = []
    for key in keys.joined where arrays.contains(key) {
      guard let shape = try arrays.shape(key, entry: 0),
        let (_, width) = ParameterRows.split(
          shape, ParameterRows.joined, extras: ParameterRows.extras)
      else { continue }
      if try JointPositions.are(arrays, key, width: width) {
        positions.append(key)
        continue
      }
      for key in positions { notePositions(key) }
      return key
    }
    guard let key = positions.first else { return nil }
    guard arrays.first(keys.body) != nil || arrays.first(keys.root) != nil else {
      throw JointPositions.refusal(arrays, key)
    }
    notePositions(key)
    return nil
  }

  private mutating func notePositions(_ key: String) {
    notices.append("`\(key)` holds positions of joints, not rotations: not read")
    markUsed(key)
  }

  /// Whether a body's pose has the pelvis in it.
  func isJoined(_ key: String) throws -> Bool {
    guard let shape = try arrays.shape(key, entry: 0) else { return false }
    return ParameterRows.split(shape, ParameterRows.body) == nil
      && ParameterRows.split(shape, ParameterRows.joined) != nil
  }

  /// Rows of all joints, and what else of a body lies beside them.
  mutating func addJoined(
    _ key: String, root: String?, _ c: ParameterConventions
  ) throws -> MotionHands {
    guard let shape = try arrays.shape(key, entry: 0),
      let (_, width) = ParameterRows.split(
        shape, ParameterRows.joined, extras: ParameterRows.extras)
    else { return .flat }
    var kind = MotionHands.flat
    if EasyMocapColumns.widths.contains(width) {
      kind = try addEasyMocap(key, width: width)
    } else if let rows = ParameterRows(width: width, ParameterRows.joined) {
      kind = try addAllJoints(key, rows)
    }
    // A root beside rows whose own never turns is the one that counts.
    if let root, try !turns(key, width: width), try turns(root, width: nil) {
      try addJoints(root, ParameterRows.root, taken: 1, at: 0)
    }
    guard kind == .flat, options.hands != .flat, width != EasyMocapColumns.smplx else {
      return kind
    }
    return try addParts(c)
  }

  private mutating func addAllJoints(_ key: String, _ rows: ParameterRows) throws -> MotionHands {
    var pieces = rows.pieces
    let hasHands = rows.joints >= 52
    let expected = "\(3 * rows.joints) numbers"
    if hasHands, options.hands == .flat {
      pieces =
        rows.joints == 55
        ? [.init(column: 0, offset: 0, count: 75)] : [.init(column: 0, offset: 0, count: 66)]
    }
    try addJoints(key, [rows.joints], pieces: pieces, expected: expected)
    guard hasHands, options.hands != .flat else { return .flat }
    guard options.hands == .relative, let hands else { return .rotations }
    addHandMeans(hands)
    return .rotationsFromMean
  }

  /// Whether the pelvis turns in any frame.
  private func turns(_ key: String, width: Int?) throws -> Bool {
    let counts = width == nil ? ParameterRows.root : ParameterRows.joined
    for entry in arrays.entries.indices {
      guard let shape = try arrays.shape(key, entry: entry),
        let (_, width) = ParameterRows.split(shape, counts, extras: ParameterRows.extras)
      else { continue }
      let perJoint = ParameterRows(width: width, counts).map { $0.width / $0.joints } ?? 3
      guard perJoint == 3 else { return true }
      var (position, found) = (0, false)
      try arrays.stream(key, entry: entry) { chunk in
        if !found {
          found = chunk.indices.contains {
            (position + $0) % width < 3 && abs(chunk[$0]) > 1e-6 && chunk[$0].isFinite
          }
        }
        position = (position + chunk.count) % width
      }
      if found { return true }
    }
    return false
  }
}
