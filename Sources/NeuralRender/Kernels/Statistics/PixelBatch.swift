// Pixels of a row, some at a time.

enum PixelBatch {
  static let pixels = 8
  /// Floats of a batch: they stay in the first-level cache.
  private static let floats = 4096

  /// Calls `body` with the first and the count of pixels of each batch.
  @inline(__always)
  static func forEach(
    _ columns: Range<Int>, channels: Int, _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    let most = min(pixels, max(1, floats / channels))
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(most, columns.upperBound &- x)
      body(x, count)
      x &+= count
    }
  }
}
