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

  /// A plane whose margins are zeros and whose pixels nobody has written yet.
  ///
  /// - Throws: `osError` when there is no memory for it.
  init(width: Int, height: Int) throws {
    self.width = width
    self.height = height
    stride = (width + 7) & ~7 + Self.margin
    values = try AlignedBuffer(
      count: MemoryBudget.product(stride, height), for: "a picture's values")
    for y in 0..<height { (row(y) + width).update(repeating: 0, count: stride - width) }
  }

  func row(_ y: Int) -> UnsafeMutablePointer<Double> { values.pointer + y * stride }

  /// The mean of each block of `factor` x `factor` pixels; what is left right and below is dropped.
  ///
  /// Matches: `avg_pool2d(kernel_size=factor)`.
  ///
  /// - Parameters:
  ///   - factor: at least 2.
  ///   - padding: columns left and rows above that repeat the border first, fewer than `factor`.
  func averaged(by factor: Int, padding: Int = 0) throws -> Plane {
    let result = try Plane(
      width: (width + padding) / factor, height: (height + padding) / factor)
    let scale = 1 / Double(factor * factor)
    let sums = AlignedBuffer<Double>(count: width + padding)
    for y in 0..<result.height {
      // Sums of columns first, which are vector code.
      let columns = sums.pointer + padding
      columns.update(from: row(max(y * factor - padding, 0)), count: width)
      for dy in 1..<factor {
        let source = row(y * factor + dy - padding)
        for x in 0..<width { columns[x] += source[x] }
      }
      for x in 0..<padding { sums[x] = columns[0] }
      let (source, target) = (sums.pointer, result.row(y))
      for x in 0..<result.width {
        var sum = 0.0
        for dx in 0..<factor { sum += source[x * factor + dx] }
        target[x] = sum * scale
      }
    }
    return result
  }
}
