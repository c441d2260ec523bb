/// Three angles for a rotation, near those of the frame before.
import Compute
import Foundation

/// Angles about Z, X, Y with R = Rz Rx Ry, in radians, that follow a rotation from frame to frame
/// without jumps.
///
/// A rotation has two such triples and each angle any number of turns: the one nearest to the last
/// frame's is taken. Near x = +-90 degrees only the sum or difference of the outer angles shows in the
/// rotation; the other is held then as far as that costs nothing, where a plain decomposition jitters
/// with the rounding of its input.
struct EulerAngles {
  private(set) var z = 0.0
  private(set) var x = 0.0
  private(set) var y = 0.0
  private var isFirst = true

  /// Squared cosine of x at which the hidden combination is half held: its error is below a
  /// two-hundredth of a degree.
  private static let softening = 1e-9
  /// Squared cosine of x below which sum and difference are looked at apart.
  private static let locked = 1e-4

  mutating func follow(_ r: RotationMatrix) {
    let sine = min(1, max(-1, r.row2.y))
    let cosine = (r.row2.x * r.row2.x + r.row2.z * r.row2.z).squareRoot()
    // R = Rz Rx Ry: row 2 is (-cos x sin y, sin x, cos x cos y), column 1 (-sin z cos x, cos z cos x, sin x).
    let first = candidate(r, x: atan2(sine, cosine), flipped: false)
    let second = candidate(r, x: atan2(sine, -cosine), flipped: true)
    let angles = isFirst || distance(first) <= distance(second) ? first : second
    (z, x, y) = (angles.x, angles.y, angles.z)
    isFirst = false
  }

  /// (z, x, y) near the last ones, with cos x positive or, `flipped`, negative.
  private func candidate(_ r: RotationMatrix, x newX: Double, flipped: Bool) -> SIMD3<Double> {
    let sign: Double = flipped ? -1 : 1
    let plain = SIMD2(
      atan2(-sign * r.row0.y, sign * r.row1.y), atan2(-sign * r.row2.x, sign * r.row2.z))
    let cosine2 = r.row2.x * r.row2.x + r.row2.z * r.row2.z
    let nearX = Self.near(newX, x)
    if isFirst || cosine2 > Self.locked {
      return SIMD3(Self.near(plain.x, z), nearX, Self.near(plain.y, y))
    }
    // z + y shows at x = 90 degrees, where R = Rz(z + y) Rx, and z - y at -90. Its sine and cosine,
    // times 1 + |sin x|, are sums of entries that do not vanish there.
    let isUp = r.row2.y >= 0
    let visible =
      isUp
      ? atan2(r.row1.x + r.row0.z, r.row0.x - r.row1.z)
      : atan2(r.row1.x - r.row0.z, r.row0.x + r.row1.z)
    let last = isUp ? (shown: z + y, hidden: z - y) : (shown: z - y, hidden: z + y)
    let shown = Self.near(visible, last.shown)
    // z is half of their sum, so the hidden one repeats after two turns.
    let hidden = Self.near(2 * plain.x - shown, last.hidden, period: 4 * .pi)
    let held = last.hidden + cosine2 / (cosine2 + Self.softening) * (hidden - last.hidden)
    return isUp
      ? SIMD3((shown + held) / 2, nearX, (shown - held) / 2)
      : SIMD3((shown + held) / 2, nearX, (held - shown) / 2)
  }

  private func distance(_ angles: SIMD3<Double>) -> Double {
    let way = angles - SIMD3(z, x, y)
    return way.dot(way)
  }

  /// `angle` plus whole periods, nearest to `other`.
  private static func near(
    _ angle: Double, _ other: Double, period: Double = 2 * .pi
  ) -> Double {
    angle + period * ((other - angle) / period).rounded()
  }
}
