import ArgumentParser
import Evaluation

/// How alike pictures must be.
struct BoundOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "PSNR in decibels at least, \(Limits.decibels).",
    transform: Limits.decibels.parse)
  var psnr: Double?

  @Option(
    parsing: .unconditional, help: "SSIM (piq's) at least, \(Limits.similarity).",
    transform: Limits.similarity.parse)
  var ssim: Double?

  @Option(
    parsing: .unconditional,
    help: "SSIM without averaging first at least, \(Limits.similarity).",
    transform: Limits.similarity.parse)
  var ssimFull: Double?

  @Option(
    parsing: .unconditional, help: "MS-SSIM at least, \(Limits.similarity).",
    transform: Limits.similarity.parse)
  var msSsim: Double?

  @Option(
    parsing: .unconditional,
    help: "Mean absolute difference of values 0 to 1 at most, \(Limits.fraction).",
    transform: Limits.fraction.parse)
  var l1: Double?

  @Option(
    parsing: .unconditional,
    help: "Mean squared difference of values 0 to 1 at most, \(Limits.fraction).",
    transform: Limits.fraction.parse)
  var mse: Double?

  @Option(
    parsing: .unconditional,
    help: "Largest difference of any value in 255ths at most, \(Limits.steps).",
    transform: Limits.steps.parse)
  var maxDifference: Double?

  @Option(
    name: .customLong("lpips-at-most"), parsing: .unconditional,
    help: "LPIPS at most, of each network that --lpips gives, \(Limits.perceptual).",
    transform: Limits.perceptual.parse)
  var lpips: Double?

  /// What is to be measured and its bounds; identical pictures if nothing was given.
  func limits(_ networks: [PerceptualNetwork]) -> [Verdict.Limit] {
    let given: [(Metric, Double?)] =
      [
        (.psnr, psnr), (.ssim, ssim), (.ssimFull, ssimFull), (.multiScaleSSIM, msSsim),
        (.l1, l1), (.mse, mse), (.maximumDifference, maxDifference),
      ] + networks.compactMap { $0.metrics.first }.map { ($0, lpips) }
    let limits = given.compactMap { metric, bound in
      bound.map { Verdict.Limit(metric: metric, bound: $0) }
    }
    return limits.isEmpty ? [Verdict.Limit(metric: .maximumDifference, bound: 0)] : limits
  }
}
