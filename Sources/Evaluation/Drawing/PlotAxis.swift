import Compute
import Foundation

/// The range of a plot's values, and round numbers inside it.
struct PlotAxis {
  let low: Double
  let high: Double
  /// Of round numbers: 1, 2 or 5 times a power of ten.
  let step: Double

  /// - Parameter values: finite; may be empty.
  init(_ values: [Double], ticks: Int = 5) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    // Values that are all alike lie in the middle.
    let spread = most > least ? most - least : max(abs(most) * 0.02, 1e-6)
    let margin = spread * (most > least ? 0.08 : 1)
    low = least - margin
    high = most + margin
    let rough = (high - low) / Double(ticks)
    let power = pow(10, floor(log10(rough)))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough } ?? 10
    step = factor * power
  }

  /// Round numbers inside the range.
  var ticks: [Double] {
    let (first, last) = ((low / step).rounded(.up), (high / step).rounded(.down))
    let count = Int(saturating: last - first)
    guard 0...20 ~= count else { return [] }
    return (0...count).map { (first + Double($0)) * step }
  }

  /// 0 at the low end, 1 at the high one.
  func place(_ value: Double) -> Double { (value - low) / (high - low) }

  /// With as many digits as tell round numbers apart.
  func text(_ value: Double) -> String {
    let digits = max(0, Int(saturating: -floor(log10(step))))
    return digits > 6
      ? String(format: "%.1e", value) : String(format: "%.*f", digits, value)
  }
}
