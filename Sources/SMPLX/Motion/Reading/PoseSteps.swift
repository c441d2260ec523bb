import TensorFiles

/// How far poses that follow each other are apart: those of a video are near, those of several people are
/// not.
enum PoseSteps {
  /// Radians that a joint's numbers change by from one frame to the next, on average over all.
  private static let largest = 0.08
  /// Poses that are looked at.
  private static let most = 64

  /// Whether groups of one pose each follow each other as frames do; true for more than a picture shows.
  static func areSmall(_ groups: [any NamedArrays]) -> Bool {
    guard groups.count <= most else { return true }
    let keys = ParameterKeys()
    guard
      let key = (keys.body + keys.joined).first(where: { key in
        groups.first.map { ParameterRows.shape(of: key, in: $0) != nil } ?? false
      })
    else { return true }
    var before: [Float]?
    var (sum, count) = (0.0, 0)
    for group in groups {
      guard let pose = try? group.tensor(key).floats(),
        before.map({ $0.count == pose.count }) ?? true
      else { return true }
      for (a, b) in zip(before ?? [], pose) where a.isFinite && b.isFinite {
        sum += Double((a - b).magnitude)
        count += 1
      }
      before = pose
    }
    return sum <= largest * Double(max(1, count))
  }
}
