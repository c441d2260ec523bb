import Compute

/// The least value within some pixels of every pixel, along rows and columns.
enum LeastAround {
  /// - Parameter values: (height, width).
  static func within(
    _ reach: Int, of values: Plane<Float>, width: Int, height: Int, pool: WorkerPool
  ) -> Plane<Float> {
    let across = Plane<Float>(count: width * height, filledWith: .infinity)
    let result = Plane<Float>(count: width * height, filledWith: .infinity)
    pool.inChunks(height, of: 16) { rows in
      // Room for what lies beyond both ends.
      let line = AlignedBuffer<Float>(count: width + 2 * reach, filledWith: .infinity)
      for row in rows {
        (line.pointer + reach).update(from: values.pointer + row * width, count: width)
        line.pointer.update(repeating: .infinity, count: reach)
        (line.pointer + reach + width).update(repeating: .infinity, count: reach)
        least(of: 2 * reach + 1, line.pointer, count: width + 2 * reach)
        (across.pointer + row * width).update(from: line.pointer, count: width)
      }
    }
    let columns = 128
    pool.run((width + columns - 1) / columns) { piece, _ in
      let (first, count) = (piece * columns, min(columns, width - piece * columns))
      let lines = AlignedBuffer<Float>(count: (height + 2 * reach) * count, filledWith: .infinity)
      for row in 0..<height {
        (lines.pointer + (row + reach) * count)
          .update(from: across.pointer + row * width + first, count: count)
      }
      // Rows follow each other: a step along columns is `count` values.
      leastOfRows(
        2 * reach + 1, lines.pointer, rows: height + 2 * reach, columns: count)
      for row in 0..<height {
        (result.pointer + row * width + first)
          .update(from: lines.pointer + row * count, count: count)
      }
    }
    return result
  }

  /// The least of as many values from each one on; windows grow by doubling.
  private static func least(of window: Int, _ line: UnsafeMutablePointer<Float>, count: Int) {
    leastOfRows(window, line, rows: count, columns: 1)
  }

  private static func leastOfRows(
    _ window: Int, _ line: UnsafeMutablePointer<Float>, rows: Int, columns: Int
  ) {
    var size = 1
    while size < window {
      // The last step overlaps.
      let step = min(size, window - size)
      let (shift, last) = (step * columns, (rows - step) * columns)
      var index = 0
      while index + 16 <= last {
        let target = UnsafeMutableRawPointer(line + index)
        let one = target.loadUnaligned(as: SIMD16<Float>.self)
        let other = UnsafeRawPointer(line + index + shift).loadUnaligned(as: SIMD16<Float>.self)
        target.storeBytes(
          of: one.replacing(with: other, where: other .< one), as: SIMD16<Float>.self)
        index += 16
      }
      while index < last {
        line[index] = min(line[index], line[index + shift])
        index += 1
      }
      size += step
    }
  }
}
