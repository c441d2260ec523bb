import Compute

/// Joints' rotations, in whichever way a file writes them.
extension MotionReader {
  /// Reads `key` as joints of which `taken` go to `offset` of a frame; `counts`: how many it may have.
  mutating func addJoints(
    _ key: String, _ counts: [Int], taken: Int, at offset: Int
  ) throws {
    try addJoints(
      key, counts, pieces: [.init(column: 0, offset: offset, count: 3 * taken)],
      expected: "\(3 * taken) numbers (\(taken) joint\(taken == 1 ? "" : "s"))")
  }

  mutating func addJoints(
    _ key: String, _ counts: [Int], pieces: [MotionClip.Piece], expected: String
  ) throws {
    let kinds = try rotationKinds(key, counts)
    let areVectors = kinds.values.allSatisfy { $0 == .axisAngle }
    let width = pieces.reduce(0) { max($0, $1.column + $1.count) }
    try add(
      key, width: width, pieces: pieces, expected: expected,
      accepts: { ParameterRows(width: $0, counts) != nil },
      quantity: areVectors ? .angle : .rotation,
      convert: { row, fileWidth, output in
        (kinds[fileWidth] ?? .axisAngle).convert(row, count: width / 3, to: output)
      })
  }

  /// How the rotations of `key` are written, by the width of a row.
  mutating func rotationKinds(_ key: String, _ counts: [Int]) throws -> [Int: RotationKind] {
    var kinds: [Int: RotationKind] = [:]
    for entry in arrays.entries.indices {
      guard let shape = try arrays.shape(key, entry: entry),
        let (_, width) = ParameterRows.split(shape, counts), kinds[width] == nil,
        let row = ParameterRows(width: width, counts)
      else { continue }
      let perJoint = width / row.joints
      guard RotationKind.kinds(width: perJoint).count > 1 else {
        kinds[width] = RotationKind.best(width: perJoint, rows: [])
        continue
      }
      var sample: [Float] = []
      try arrays.stream(key, entry: entry) { chunk in
        if sample.count < 1 << 14 { sample += chunk.prefix((1 << 14) - sample.count) }
      }
      let rows = Array(sample.prefix(sample.count / perJoint * perJoint))
      kinds[width] = RotationKind.best(width: perJoint, rows: rows)
      if perJoint == 4, let length = RotationKind.unusualLength(ofQuaternions: rows) {
        notices.append(
          "`\(key)` holds quaternions of lengths up to \(decimal(length, digits: 3)), not 1: "
            + "they are brought to that length")
      }
    }
    return kinds
  }

  /// A rotation of the whole body before its root's own.
  mutating func addOuterRoot(_ key: String) throws {
    let kinds = try rotationKinds(key, ParameterRows.root)
    outerRoot = try read(
      key, width: 3, pieces: [.init(column: 0, offset: 0, count: 3)], expected: "3 numbers",
      accepts: { ParameterRows(width: $0, ParameterRows.root) != nil },
      quantity: kinds.values.allSatisfy { $0 == .axisAngle } ? .angle : .rotation,
      convert: { row, width, output in
        (kinds[width] ?? .axisAngle).convert(row, count: 1, to: output)
      })
  }
}
