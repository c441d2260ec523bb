import Compute

/// How DINAR's rotation video turns a person, and what it calls the pictures.
public enum DinarTurntable {
  /// Angles of DINAR's rotation video: its first frame is not turned, frame k shows step k - 1.
  public static func angles(count: Int) -> [Float] {
    (0..<count).map { $0 == 0 ? 0 : 2 * .pi * Float($0 - 1) / Float(count) }
  }

  /// Numbers in the names of DINAR's rotation pictures: whole degrees of the sum of k steps, one step
  /// ahead of what the picture shows. Rounding makes some repeat; the later picture keeps the name.
  public static func numbers(count: Int) -> [Int] {
    var turns = 0.0
    return (0..<count).map { _ in
      defer { turns += 1 / Double(count) }
      return Int(saturating: 2 * .pi * turns * (180 / .pi), .towardZero)
    }
  }
}
