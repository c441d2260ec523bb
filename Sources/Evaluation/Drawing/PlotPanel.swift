import Compute

/// Where the values of a panel lie in the picture.
///
/// Infinite values have a line of their own, above the axis of the others and with its label.
struct PlotPanel {
  /// Pixels of the panel's borders.
  let left, right, lower: Float
  private let upper: Float
  private let axis: PlotAxis?
  private let count: Int
  private let hasInfinite: Bool

  /// From the line of infinite values down to the axis.
  private static let gap: Float = 16

  /// - Parameter values: of the pairs in their order; nil where there is none.
  init(_ values: [Double?], left: Int, right: Int, top: Int, bottom: Int) {
    (self.left, self.right) = (Float(left), Float(right))
    (upper, lower) = (Float(top), Float(bottom))
    let known = values.compactMap { $0 }.filter { !$0.isNaN }
    let finite = known.filter(\.isFinite)
    count = values.count
    hasInfinite = finite.count < known.count
    axis = finite.isEmpty ? nil : PlotAxis(finite)
  }

  /// Labels and where they stand.
  var ticks: [(text: String, y: Float)] {
    (axis.map { axis in axis.ticks.map { (axis.text($0), y($0)) } } ?? [])
      + (hasInfinite ? [("inf", upper)] : [])
  }

  func y(_ value: Double) -> Float {
    guard value.isFinite, let axis else { return upper }
    let top = hasInfinite ? upper + Self.gap : upper
    return lower - Float(axis.place(value)) * (lower - top)
  }

  func x(_ index: Int) -> Float {
    count < 2
      ? (left + right) / 2
      : left + 6 + (right - left - 12) * Float(index) / Float(count - 1)
  }
}
