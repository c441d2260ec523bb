import Compute

/// What one channel of a pair gives: sums of differences, and its structural similarities.
struct ChannelMeasures: Sendable {
  var differences = DifferenceSums()
  /// Undefined ones are missing.
  var similarities: [Metric: Double] = [:]

  /// - Parameters:
  ///   - mask: which pixels count, 0 or 1; nil for all.
  ///   - metrics: what is wanted.
  init(
    _ x: Plane, _ y: Plane, mask: Plane?, metrics: Set<Metric>, pool: WorkerPool
  ) throws {
    differences = DifferenceSums(x, y, mask: mask)
    var scales = SimilarityScales(x, y, mask: mask, pool: pool)
    if !metrics.isDisjoint(with: [.ssimFull, .ssimGaussian]) {
      let full = try scales.full()?.similarity
      similarities[.ssimFull] = full
      similarities[.ssimGaussian] = full
    }
    if metrics.contains(.ssim) { similarities[.ssim] = try scales.averaged()?.similarity }
    if metrics.contains(.ssimUniform) {
      similarities[.ssimUniform] =
        try WindowSimilarity.means(x, y, .uniform, weights: mask, pool: pool)?.similarity
    }
    if metrics.contains(.multiScaleSSIM) {
      similarities[.multiScaleSSIM] = try scales.product()
    }
  }
}
