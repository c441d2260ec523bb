import Compute

/// The weights of one axis as 8-bit pictures are resampled with: fixed point, the same for all lines.
///
/// Matches: Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`.
struct ResamplingTaps {
  /// Fractional bits: 32 less those of a byte and of two for sums beyond it.
  static let fractionBits: Int32 = 22

  /// The first source pixel of each result pixel.
  let starts: [Int]
  /// Source pixels of each result pixel.
  let counts: [Int]
  /// Weights to a result pixel; those of pixel i begin at i * stride.
  let stride: Int
  let weights: [Int32]

  init(from source: Int, to result: Int, filter: ResamplingFilter) {
    let scale = Double(source) / Double(result)
    let widening = max(scale, 1)
    let reach = filter.reach * widening
    stride = Int(saturating: reach.rounded(.up)) * 2 + 1
    var (starts, counts) = ([Int](), [Int]())
    var weights = [Int32](repeating: 0, count: result * stride)
    for index in 0..<result {
      let centre = (Double(index) + 0.5) * scale
      let first = max(0, Int(saturating: centre - reach + 0.5, .towardZero))
      let end = min(source, Int(saturating: centre + reach + 0.5, .towardZero))
      let own = (first..<max(first, end)).map {
        filter.weight(at: (Double($0) - centre + 0.5) * (1 / widening))
      }
      let sum = own.reduce(0, +)
      starts.append(first)
      counts.append(own.count)
      for (tap, weight) in own.enumerated() {
        let share = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionBits)
        weights[index * stride + tap] = Int32(
          saturating: share < 0 ? share - 0.5 : share + 0.5, .towardZero)
      }
    }
    (self.starts, self.counts, self.weights) = (starts, counts, weights)
  }
}
