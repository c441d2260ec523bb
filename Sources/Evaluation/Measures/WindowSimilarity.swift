import Compute

/// Means of structural similarity and of its contrast term over the windows of one channel.
struct WindowSimilarity: Sendable {
  private(set) var similarity = 0.0
  private(set) var contrast = 0.0
  /// Of windows, or of weights where there are some.
  private(set) var count = 0.0

  /// (2 mx my + c1) (2 sxy + c2) / ((mx^2 + my^2 + c1) (sxx + syy + c2)), and its second factor.
  static let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)

  /// Windows that lie wholly inside the picture; each belongs to the pixel at its centre.
  ///
  /// - Parameters:
  ///   - weights: how much each pixel's window counts, a plane of the same size.
  ///   - pool: runs over bands of rows; the result does not depend on its threads.
  /// - Returns: nil where no window counts.
  static func means(
    _ x: Plane, _ y: Plane, _ filter: WindowFilter, weights: Plane?, pool: WorkerPool
  ) throws -> WindowSimilarity? {
    let rows = x.height - filter.count + 1
    guard rows > 0, x.width >= filter.count else { return nil }
    let bands = (rows + bandRows - 1) / bandRows
    let sums = try pool.map(bands) { band in
      let scratch = try WindowScratch(width: x.width, filter)
      return scratch.sums(
        x, y, rows: band * bandRows..<min((band + 1) * bandRows, rows), weights: weights)
    }
    var total = WindowSimilarity()
    for sum in sums {
      total.similarity += sum.similarity
      total.contrast += sum.contrast
      total.count += sum.count
    }
    guard total.count > 0 else { return nil }
    total.similarity /= total.count
    total.contrast /= total.count
    return total
  }

  init() {}

  init(similarity: Double, contrast: Double, count: Double) {
    self.similarity = similarity
    self.contrast = contrast
    self.count = count
  }

  /// Rows of windows that one piece of work has: their order is that of the sums.
  private static let bandRows = 64
}
