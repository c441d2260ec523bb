// Growing a list of row pieces: what a layer reads for the pixels it computes.

extension RowPiece {
  @inline(__always)
  var length: Int { Int(x1 - x0) }
}

extension RowPieces {
  /// The place of a pixel that the pieces hold in their order.
  func index(y: Int, x: Int) -> Int {
    var piece = firstPiece(ofRow: y)
    while piece + 1 < count && Int(pieces[piece + 1].y) == y && Int(pieces[piece + 1].x0) <= x {
      piece += 1
    }
    return Int(pieces[piece].start) + x - Int(pieces[piece].x0)
  }

  /// The union of the columns of some rows, cut to `columns`, then grown by `left` and `right` inside
  /// 0 ..< width: disjoint pieces of row `y` at `target`, which has room for all pieces of the rows.
  func joined(
    rows: Range<Int>, columns: Range<Int>, left: Int, right: Int, width: Int, y: Int,
    into target: UnsafeMutablePointer<RowPiece>
  ) -> Int {
    var written = 0
    for index in firstPiece(ofRow: rows.lowerBound)..<firstPiece(ofRow: rows.upperBound) {
      let first = max(Int(pieces[index].x0), columns.lowerBound)
      let end = min(Int(pieces[index].x1), columns.upperBound)
      if first >= end { continue }
      let x0 = Int32(max(0, first - left))
      let x1 = Int32(min(width, end + right))
      var place = written
      while place > 0 && target[place - 1].x0 > x0 {
        target[place] = target[place - 1]
        place -= 1
      }
      target[place] = RowPiece(y: Int32(y), x0: x0, x1: x1, start: 0)
      written += 1
    }
    var count = 0
    for index in 0..<written {
      if count > 0 && target[index].x0 <= target[count - 1].x1 {
        target[count - 1].x1 = max(target[count - 1].x1, target[index].x1)
      } else {
        target[count] = target[index]
        count += 1
      }
    }
    return count
  }
}
