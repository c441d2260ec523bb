import Compute

/// One channel of a picture in double precision, 0 ... 1.
///
/// Rows are `stride` apart and have `margin` zeros at least behind them: vector loads of the last pixels'
/// windows reach there.
final class Plane: @unchecked Sendable {
  // Sendable: written by whoever makes it, only read afterwards.

  let width: Int
  let height: Int
  let stride: Int
  let values: AlignedBuffer<Double>

  static let margin = 24

  /// A plane of zeros.
  ///
  /// - Throws: `osError` when there is no memory for it.
  init(width: Int, height: Int) throws {
    self.width = width
    self.height = height
    stride = (width + 7) & ~7 + Self.margin
    values = try AlignedBuffer(
      count: MemoryBudget.product(stride, height), for: "a picture's values")
    values.pointer.update(repeating: 0, count: values.count)
  }

  func row(_ y: Int) -> UnsafeMutablePointer<Double> { values.pointer + y * stride }

  /// The mean of each block of `factor` x `factor` pixels; what is left right and below is dropped.
  ///
  /// Matches: `avg_pool2d(kernel_size=factor)`.
  ///
  /// - Parameter padding: columns left and rows above that repeat the border first.
  func averaged(by factor: Int, padding: Int = 0) throws -> Plane {
    let result = try Plane(
      width: (width + padding) / factor, height: (height + padding) / factor)
    let scale = 1 / Double(factor * factor)
    for y in 0..<result.height {
      let target = result.row(y)
      for dy in 0..<factor {
        let source = row(max(y * factor + dy - padding, 0))
        for x in 0..<result.width {
          var sum = 0.0
          for dx in 0..<factor { sum += source[max(x * factor + dx - padding, 0)] }
          target[x] += sum
        }
      }
      for x in 0..<result.width { target[x] *= scale }
    }
    return result
  }
}
