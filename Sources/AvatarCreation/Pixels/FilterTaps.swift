import Compute
import Foundation

/// What each pixel of a resized line takes from the line before.
struct FilterTaps: Sendable {
  let weights: [Float]
  private let starts: [Int]
  private let firsts: [Int]

  /// Means weighted by a Hamming-windowed sinc of one pixel's reach: no negative weight, and more detail than
  /// a tent keeps; enlarged, between two.
  init(from: Int, to: Int) {
    let factor = Double(from) / Double(to)
    let reach = max(factor, 1)
    self.init(to) { index in
      let centre = (Double(index) + 0.5) * factor
      let first = max(0, Int(saturating: centre - reach, .down))
      let last = min(from - 1, Int(saturating: centre + reach, .up))
      return (first, (first...last).map { Self.window((Double($0) + 0.5 - centre) / reach) })
    }
  }

  /// Plain means over what a pixel covers.
  init(meansFrom from: Int, to: Int) {
    let factor = Double(from) / Double(to)
    self.init(to) { index in
      let (low, high) = (Double(index) * factor, Double(index + 1) * factor)
      let first = min(from - 1, Int(saturating: low, .down))
      let last = max(first, min(from, Int(saturating: high, .up)) - 1)
      return (
        first, (first...last).map { min(high, Double($0 + 1)) - max(low, Double($0)) }
      )
    }
  }

  private init(_ count: Int, _ taps: (Int) -> (first: Int, weights: [Double])) {
    var (weights, starts, firsts) = ([Float](), [0], [Int]())
    for index in 0..<count {
      let (first, raw) = taps(index)
      let sum = raw.reduce(0, +)
      weights += raw.map { Float($0 / sum) }
      starts.append(weights.count)
      firsts.append(first)
    }
    (self.weights, self.starts, self.firsts) = (weights, starts, firsts)
  }

  /// Indices of the weights of a pixel.
  func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  /// The pixel before that a weight is of.
  func source(_ tap: Int, of index: Int) -> Int { firsts[index] + tap - starts[index] }

  private static func window(_ x: Double) -> Double {
    guard abs(x) < 1 else { return 0 }
    guard abs(x) > 1e-9 else { return 1 }
    return sin(.pi * x) / (.pi * x) * (0.54 + 0.46 * cos(.pi * x))
  }
}
