import Foundation

/// The weights of the windows that structural similarity looks through: the same along both axes.
struct WindowFilter: Sendable {
  /// (count), their sum is 1.
  let weights: [Double]
  /// What covariances are multiplied with: n / (n - 1) for those of a sample.
  let covarianceScale: Double

  var count: Int { weights.count }
  /// From a window's first pixel to its centre.
  var radius: Int { count / 2 }

  /// 11 x 11, sigma 1.5.
  static let gaussian: WindowFilter = {
    let radius = 5
    let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let sum = weights.reduce(0, +)
    return WindowFilter(weights: weights.map { $0 / sum }, covarianceScale: 1)
  }()

  /// 7 x 7, all pixels alike.
  static let uniform = WindowFilter(
    weights: [Double](repeating: 1 / 7, count: 7), covarianceScale: 49 / 48)
}

/// How much each scale of MS-SSIM counts, the finest first.
enum MultiScaleWeights {
  static let values = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
  /// The side that leaves the coarsest scale one window.
  static let leastSide = (WindowFilter.gaussian.count - 1) << (values.count - 1) + 1
}
