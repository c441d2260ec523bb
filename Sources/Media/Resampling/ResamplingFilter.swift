import Foundation

/// How much a source pixel counts by its distance from a result pixel's centre.
///
/// Matches: the filters of Pillow's `Image.resize`, by the same names.
public enum ResamplingFilter: String, Sendable, CaseIterable {
  case box, bilinear, hamming, bicubic, lanczos

  /// Where weights end, in pixels of the coarser picture.
  var reach: Double {
    switch self {
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight at a distance in pixels of the coarser picture.
  func weight(at position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .box: return position > -0.5 && position <= 0.5 ? 1 : 0
    case .bilinear: return x < 1 ? 1 - x : 0
    case .hamming:
      guard x > 0, x < 1 else { return x == 0 ? 1 : 0 }
      return sin(x * .pi) / (x * .pi) * (0.54 + 0.46 * cos(x * .pi))
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos:
      return position >= -3 && position < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}
