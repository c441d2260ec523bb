import Compute

extension JointPositions {
  /// Joints that move, of those in front: rows of SMPL-H and SMPL-X have their fingers, which curl alike,
  /// behind them.
  private static let bodyJoints = 22
  /// Neighbours that may be a bone away.
  private static let neighbours = 4

  /// Whether points move as joints of one body do, in whatever order: nearly each one that moves keeps its
  /// distance to one of its neighbours. Rotations of joints do not.
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
    let distances = moving.map { a in
      (0..<count).filter { $0 != a }.map { b in
        spread(frames) { (places[$0 * count + a] - places[$0 * count + b]).length }
      }
    }
    let extent = distances.joined().reduce(0) { max($0, $1.mean) }
    let bound = zip(moving, distances).filter { joint, distances in
      distances.filter { $0.mean > 0.04 * extent }.sorted { $0.mean < $1.mean }
        .prefix(neighbours)
        .contains { $0.deviation < 0.1 * travels[joint] && $0.deviation < 0.1 * $0.mean }
    }
    return bound.count * 10 >= moving.count * 9
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
