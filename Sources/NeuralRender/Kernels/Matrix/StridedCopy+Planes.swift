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
        // A call for a few floats costs more than they.
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
    var line = 0
    while line < wholeHeight {
      // A cache line of every column's source at a time.
      let end = min(line &+ 16, wholeHeight)
      var column = 0
      while column < wholeWidth {
        var part = line
        while part < end {
          transposeTile8(
            source + (column &* columns.source &+ part), columns.source,
            target + (part &* lines.target &+ column), lines.target)
          part &+= 8
        }
        column &+= 8
      }
      line = end
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
