import Compute

/// Telling positions of joints from their rotations: positions keep the lengths of bones, and both sides of
/// a body are alike. Names do not tell: `full_pose` is either.
enum JointPositions {
  /// Parents of SMPL's first 22 joints.
  private static let parents = [
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19,
  ]
  private static let pairs = [(1, 2), (4, 5), (7, 8), (13, 14), (16, 17), (18, 19), (20, 21)]
  /// Frames that are looked at.
  static let mostFrames = 64
  /// Joints of a body in whatever order.
  static let joints = 10...200

  /// Whether rows of `width` numbers are positions of at least 22 joints.
  static func are(_ arrays: MotionArrays, _ key: String, width: Int) throws -> Bool {
    guard width % 3 == 0, ParameterRows.joined.contains(width / 3) else { return false }
    var rows: [Float] = []
    try arrays.stream(key, entry: 0) { chunk in
      let wanted = width * mostFrames - rows.count
      if wanted > 0 { rows += chunk.prefix(wanted) }
    }
    return are(rows, width: width) || moveAsOne(rows, joints: width / 3)
  }

  static func are(_ rows: [Float], width: Int) -> Bool {
    let frames = rows.count / max(1, width)
    guard frames > 0 else { return false }
    var means = [Double](repeating: 0, count: parents.count)
    var deviations = means
    for joint in 1..<parents.count {
      var (sum, squares) = (0.0, 0.0)
      for frame in 0..<frames {
        var square = 0.0
        for axis in 0..<3 {
          let way =
            Double(rows[width * frame + 3 * joint + axis])
            - Double(rows[width * frame + 3 * parents[joint] + axis])
          square += way * way
        }
        sum += square.squareRoot()
        squares += square
      }
      means[joint] = sum / Double(frames)
      deviations[joint] = max(0, squares / Double(frames) - means[joint] * means[joint])
        .squareRoot()
    }
    let mean = means.reduce(0, +) / 21
    guard mean > 1e-6, mean.isFinite else { return false }
    let areBones = (1..<parents.count).filter {
      // Detected joints tremble by a centimetre or two.
      means[$0] > 0.1 * mean && deviations[$0] < max(0.01 * means[$0], 0.08 * mean)
    }
    let areAlike = pairs.filter { abs(means[$0.0] - means[$0.1]) < 0.08 * means[$0.0] }
    // Thighs and shins are of one length, so are both parts of arms, and hips are near the pelvis.
    func isLike(_ a: Int, _ b: Int) -> Bool { (0.6...1.6).contains(means[a] / means[b]) }
    return areBones.count >= 19 && areAlike.count >= 6 && isLike(4, 7) && isLike(18, 20)
      && means[4] > 2 * means[1] && means[18] > means[13]
  }

  /// What a file of positions alone is answered.
  static func refusal(_ arrays: MotionArrays, _ key: String) -> ProgramError {
    arrays.error(
      "these are positions of joints, which do not say how bones turn about themselves", key: key,
      expected: "rotations of joints",
      hint: "fit a body to them first, as SMPLify (`joints2smpl`) does, and give its parameters")
  }
}
