/// A number that says how far two pictures are apart.
///
/// Each definition has a name of its own: what papers call SSIM are at least three different numbers.
public struct Metric: Hashable, Sendable {
  /// As tables, files and options write it.
  public let name: String
  /// What it is, in a line.
  public let definition: String
  /// Which of two values is the better one.
  public let isHigherBetter: Bool
  /// Pictures with a smaller side have no value.
  public let leastSide: Int
  /// Whether it is one of the terms that another metric is the sum of.
  public let isPart: Bool

  init(
    _ name: String, _ definition: String, isHigherBetter: Bool, leastSide: Int = 1,
    isPart: Bool = false
  ) {
    self.name = name
    self.definition = definition
    self.isHigherBetter = isHigherBetter
    self.leastSide = leastSide
    self.isPart = isPart
  }

  public static func == (one: Metric, other: Metric) -> Bool { one.name == other.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Metric {
  /// Mean squared difference of values of 0 ... 1.
  public static let mse = Metric(
    "mse", "mean squared difference, values 0 to 1", isHigherBetter: false)

  /// Mean absolute difference of values of 0 ... 1.
  public static let l1 = Metric(
    "l1", "mean absolute difference, values 0 to 1", isHigherBetter: false)

  /// The largest difference, in steps of 8 bits.
  public static let maximumDifference = Metric(
    "max-difference", "largest difference, in 255ths", isHigherBetter: false)

  /// Infinite for identical pictures. Matches: kornia's `psnr`, scikit-image's, torchmetrics'.
  public static let psnr = Metric(
    "psnr", "-10 log10(mse), dB; infinite for identical pictures", isHigherBetter: true)

  /// Matches: piq's `psnr`.
  public static let psnrPIQ = Metric(
    "psnr-piq", "-10 log10(mse + 1e-8), dB; 80 for identical pictures (piq)",
    isHigherBetter: true)

  /// Matches: piq 0.5.5 to 0.8.0 `ssim`, computed in double precision.
  public static let ssim = Metric(
    "ssim",
    "SSIM of piq: averaged to about 256 pixels first, then Gaussian windows of 11, sigma 1.5",
    isHigherBetter: true, leastSide: WindowFilter.gaussian.count)

  /// Matches: piq's `ssim(downsample=False)`, torchmetrics' with its defaults.
  public static let ssimFull = Metric(
    "ssim-full", "SSIM of piq without averaging, torchmetrics: Gaussian windows of 11, sigma 1.5",
    isHigherBetter: true, leastSide: WindowFilter.gaussian.count)

  /// Matches: scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
  /// use_sample_covariance=False)`, the same number as `ssimFull`.
  public static let ssimGaussian = Metric(
    "ssim-skimage-gaussian",
    "SSIM of scikit-image, Gaussian weights, sigma 1.5, population covariance (equals ssim-full)",
    isHigherBetter: true, leastSide: WindowFilter.gaussian.count)

  /// Matches: scikit-image's `structural_similarity` with its defaults.
  public static let ssimUniform = Metric(
    "ssim-skimage-uniform7",
    "SSIM of scikit-image by default: even windows of 7, sample covariance",
    isHigherBetter: true, leastSide: WindowFilter.uniform.count)

  /// Matches: piq's `multi_scale_ssim`, computed in double precision.
  public static let multiScaleSSIM = Metric(
    "ms-ssim", "MS-SSIM of piq: five scales", isHigherBetter: true,
    leastSide: MultiScaleWeights.leastSide)

  /// All that need no network.
  public static let all: [Metric] = [
    psnr, psnrPIQ, ssim, ssimFull, ssimGaussian, ssimUniform, multiScaleSSIM, l1, mse,
    maximumDifference,
  ]

  /// What is measured when nobody says what.
  public static let usual: [Metric] = [psnr, ssim, ssimFull, multiScaleSSIM, l1, maximumDifference]
}
