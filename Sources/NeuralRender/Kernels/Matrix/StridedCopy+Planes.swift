// Pieces of planes, by which axes are contiguous.

import CSIMD
import Compute

extension StridedCopy {
  /// Both views are contiguous along columns.
  func copyRows(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ height: Int,
    _ width: Int
  ) {
    for line in 0..<height {
      let from = source + line &* lines.source
      let to = target + line &* lines.target
      if width >= 128 {
        to.update(from: from, count: width)
      } else {
        // A call for a few floats costs more than they. What lies in places far apart is not foreseen.
        if lines.source &- width >= 16 {
          prefetch(Int(bitPattern: from) &+ 64 &* lines.source, 4 &* width)
        }
        var column = 0
        while column &+ 16 <= width {
          store16(load16(from + column), to + column)
          column &+= 16
        }
        while column &+ 4 <= width {
          let four = UnsafeRawPointer(from + column).loadUnaligned(as: SIMD4<Float>.self)
          UnsafeMutableRawPointer(to + column).storeBytes(of: four, as: SIMD4<Float>.self)
          column &+= 4
        }
        while column < width {
          to[column] = from[column]
          column &+= 1
        }
      }
    }
  }

  /// The source is contiguous along lines, the target along columns.
  func copyTiles(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ height: Int,
    _ width: Int
  ) {
    let (wholeHeight, wholeWidth) = (height & ~7, width & ~7)
    // A kilobyte that is aligned to no more than its elements lies on the stack.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { memory in
      guard let tile = memory.baseAddress else { return }
      var line = 0
      while line < wholeHeight {
        var column = 0
        while column < wholeWidth {
          copyTile(
            source + (column &* columns.source &+ line), target + (line &* lines.target &+ column),
            min(16, wholeHeight &- line), min(16, wholeWidth &- column), tile)
          column &+= 16
        }
        line &+= 16
      }
    }
    if wholeWidth < width && wholeHeight > 0 {
      copyElements(
        source + wholeWidth * columns.source, target + wholeWidth, wholeHeight, width - wholeWidth)
    }
    if wholeHeight < height {
      copyElements(
        source + wholeHeight, target + wholeHeight * lines.target, height - wholeHeight, width)
    }
  }

  /// Sixteen lines and columns, or eight. They go through memory of their own, so that every cache line of
  /// the source is read, and every one of the target written, at once: where strides are powers of two, a
  /// cache holds few of them.
  @inline(__always)
  private func copyTile(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ height: Int,
    _ width: Int, _ tile: UnsafeMutablePointer<Float>
  ) {
    // There are more streams than the processor foresees.
    for line in 0..<height { csimd_prefetch(target + line &* lines.target) }
    if height == 16 && width == 16 && csimd_vector_bytes() == 64 {
      for next in 0..<16 { csimd_prefetch(source + next &* columns.source + 16) }
      return csimd_transpose16_f32(source, columns.source, target, lines.target)
    }
    var column = 0
    while column < width {
      let from = source + column &* columns.source
      let following = Int(bitPattern: from) &+ 64
      for next in 0..<8 { prefetch(following &+ 4 &* next &* columns.source, 64) }
      transposeTile8(from, columns.source, tile + column, 16)
      if height > 8 { transposeTile8(from + 8, columns.source, tile + (128 &+ column), 16) }
      column &+= 8
    }
    for line in 0..<height {
      let to = target + line &* lines.target
      if width == 16 {
        store16(load16(tile + 16 &* line), to)
      } else {
        SIMD8<Float>(at: tile + 16 &* line).store(to: to)
      }
    }
  }

  /// The longer axis inside.
  func copyElements(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ height: Int,
    _ width: Int
  ) {
    let (inner, outer) = width >= height ? (columns, lines) : (lines, columns)
    let (innerCount, outerCount) = width >= height ? (width, height) : (height, width)
    for line in 0..<outerCount {
      var from = source + line &* outer.source
      var to = target + line &* outer.target
      for _ in 0..<innerCount {
        to.pointee = from.pointee
        from += inner.source
        to += inner.target
      }
    }
  }
}
