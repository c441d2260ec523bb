import Compute

/// A layer's output while the layer runs once more in bytes: one place for all layers, because a new one for each
/// would be as many gigabytes of cleared pages.
final class KeptOutput {
  /// Rows of all images, packed.
  private let values: AlignedBuffer<Float>
  /// Squares of differences and of values, by row.
  private let sums: AlignedBuffer<SIMD2<Double>>

  /// - Parameter largest: places that are kept, one at a time.
  init(largest places: [Place]) {
    values = AlignedBuffer(
      count: places.map { MemoryBudget.product($0.images, $0.pixels, $0.channels) }.max() ?? 0)
    sums = AlignedBuffer(count: places.map { $0.images * $0.height }.max() ?? 0)
  }

  /// Copies the images.
  func keep(_ maps: [FeatureMap], pool: WorkerPool) {
    forEachRow(maps, pool) { row, kept, count, _ in kept.update(from: row, count: count) }
  }

  /// Copies them back.
  func restore(_ maps: [FeatureMap], pool: WorkerPool) {
    forEachRow(maps, pool) { row, kept, count, _ in row.update(from: kept, count: count) }
  }

  /// Sums of the squares of the images' differences from what is kept, and of that itself; the same with any number
  /// of threads.
  func errors(of maps: [FeatureMap], pool: WorkerPool) -> (errors: Double, signal: Double) {
    let rows = maps.reduce(0) { $0 + $1.height }
    for row in 0..<rows { sums[row] = .zero }
    nonisolated(unsafe) let sums = sums.pointer
    forEachRow(maps, pool) { row, kept, count, number in
      var (errors, signal) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      for index in Swift.stride(from: 0, to: count, by: 16) {
        let exact = loadFirst16(kept + index, count - index)
        let error = loadFirst16(row + index, count - index) - exact
        errors = multiplyAdd(error, error, errors)
        signal = multiplyAdd(exact, exact, signal)
      }
      sums[number] += SIMD2(Double(sumOfLanes(errors)), Double(sumOfLanes(signal)))
    }
    var all = SIMD2<Double>.zero
    for row in 0..<rows { all += sums[row] }
    return (all.x, all.y)
  }

  /// Calls `body` for the contiguous runs of each row, with where it is kept and the row's number.
  private func forEachRow(
    _ maps: [FeatureMap], _ pool: WorkerPool,
    _ body:
      @escaping @Sendable (
        _ row: UnsafeMutablePointer<Float>, _ kept: UnsafeMutablePointer<Float>, _ count: Int,
        _ number: Int
      ) -> Void
  ) {
    var (first, number) = (values.pointer, 0)
    for map in maps {
      nonisolated(unsafe) let start = first
      let before = number
      let rowFloats = map.width * map.channels
      pool.run(map.height) { y, _ in
        let kept = start + y * rowFloats
        if map.pixelStride == map.channels {
          return body(map.pixel(y, 0), kept, rowFloats, before + y)
        }
        for x in 0..<map.width {
          body(map.pixel(y, x), kept + x * map.channels, map.channels, before + y)
        }
      }
      first += map.height * rowFloats
      number += map.height
    }
  }
}
