import Compute

extension JointPositions {
  /// Joints that move, of those in front: rows of SMPL-H and SMPL-X have their fingers, which curl alike,
  /// behind them.
  private static let bodyJoints = 22
  /// Neighbours that may be a bone away.
  private static let neighbours = 4

  /// Whether points move as joints of one body do, in whatever order: nearly each one that moves keeps its
  /// distance to one of its neighbours, and some turn about it. Rotations of joints do not.
  ///
  /// Two joints that turn by shares of one angle keep a distance by chance, so only near ones count.
  static func moveAsOne(_ rows: [Float], joints count: Int) -> Bool {
    let frames = rows.count / (3 * count)
    guard frames >= 8, rows.allSatisfy(\.isFinite) else { return false }
    let places = (0..<frames * count).map {
      SIMD3<Double>(Double(rows[3 * $0]), Double(rows[3 * $0 + 1]), Double(rows[3 * $0 + 2]))
    }
    /// How far a joint gets from where it is on average.
    func travel(_ joint: Int) -> Double {
      (0..<3).reduce(0.0) { sum, axis in
        let deviation = spread(frames) { places[$0 * count + joint][axis] }.deviation
        return sum + deviation * deviation
      }.squareRoot()
    }
    let travels = (0..<count).map(travel)
    guard let most = travels.max(), most > 0 else { return false }
    let moving = (0..<min(count, bodyJoints)).filter { travels[$0] > 0.2 * most }
    guard moving.count >= 8 else { return false }
    let bones = moving.map { a in
      (0..<count).filter { $0 != a }.map { b -> Bone in
        let length = spread(frames) { (places[$0 * count + a] - places[$0 * count + b]).length }
        let turns = (0..<3).reduce(0.0) { sum, axis in
          let deviation = spread(frames) {
            places[$0 * count + a][axis] - places[$0 * count + b][axis]
          }.deviation
          return sum + deviation * deviation
        }
        return Bone(length: length.mean, stretch: length.deviation, turn: turns.squareRoot())
      }
    }
    let extent = bones.joined().reduce(0) { max($0, $1.length) }
    var (bound, turning) = (0, 0)
    for (joint, bones) in zip(moving, bones) {
      let near = bones.filter { $0.length > 0.04 * extent }.sorted { $0.length < $1.length }
        .prefix(neighbours)
        .filter { $0.stretch < 0.1 * min(travels[joint], $0.length) }
      if !near.isEmpty { bound += 1 }
      if near.contains(where: { $0.turn > 0.1 * $0.length && $0.turn > 3 * $0.stretch }) {
        turning += 1
      }
    }
    // Numbers that all change alike are bound and do not turn.
    return bound * 10 >= moving.count * 9 && turning >= 4
  }

  /// The way between two joints: its mean length, and how far it stretches and turns, in the same unit.
  private struct Bone {
    let length: Double
    let stretch: Double
    let turn: Double
  }

  /// Mean and deviation of a value over frames.
  private static func spread(
    _ frames: Int, _ value: (Int) -> Double
  ) -> (mean: Double, deviation: Double) {
    let values = (0..<frames).map(value)
    let mean = values.reduce(0, +) / Double(frames)
    // Far from the origin the difference of squares would have no digits left.
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(frames)
    return (mean, square.squareRoot())
  }
}
