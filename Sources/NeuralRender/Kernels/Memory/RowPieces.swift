// Lists of pixels: which of an image's a kernel computes, in runs of a row. Why these and no others is above
// the kernels.

/// Pixels x0 ..< x1 of row y, and how many pixels the pieces before it hold.
public struct RowPiece: BitwiseCopyable, Sendable, Equatable {
  public var y: Int32
  public var x0: Int32
  public var x1: Int32
  public var start: Int32

  public init(y: Int32, x0: Int32, x1: Int32, start: Int32) {
    self.y = y
    self.x0 = x0
    self.x1 = x1
    self.start = start
  }
}

/// A list of pieces in order of rows, then columns, without overlap or empty pieces, each `start` the
/// sum of the lengths before it. The memory belongs to the caller.
public struct RowPieces: @unchecked Sendable {
  // Sendable: kernels only read it.
  public var pieces: UnsafePointer<RowPiece>
  public var count: Int

  public init(_ pieces: UnsafePointer<RowPiece>, count: Int) {
    self.pieces = pieces
    self.count = count
  }

  /// Pixels of all pieces.
  public var pixelCount: Int {
    guard count > 0 else { return 0 }
    let last = pieces[count - 1]
    return Int(last.start + last.x1 - last.x0)
  }

  /// The last piece whose `start` is at most `pixel`.
  func piece(containing pixel: Int) -> Int {
    var low = 0
    var high = count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(pieces[middle].start) <= pixel { low = middle } else { high = middle }
    }
    return low
  }

  /// Calls `body` for the pixels of a stretch of `length`, with each one's number, row and column.
  @inline(__always)
  func forEach(
    _ stretch: Int, of length: Int, _ body: (_ pixel: Int, _ y: Int, _ x: Int) -> Void
  ) {
    let first = stretch * length
    var index = piece(containing: first)
    for pixel in first..<min(first + length, pixelCount) {
      while pixel >= Int(pieces[index].start) + pieces[index].length { index += 1 }
      let found = pieces[index]
      body(pixel, Int(found.y), Int(found.x0) + pixel - Int(found.start))
    }
  }

  /// The first piece of row `y` or of a row after it.
  func firstPiece(ofRow y: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if Int(pieces[middle].y) < y { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension [RowPiece] {
  /// Appends a piece and sets its `start`.
  public mutating func append(y: Int, x0: Int, x1: Int) {
    let start = last.map { $0.start + $0.x1 - $0.x0 } ?? 0
    append(RowPiece(y: Int32(y), x0: Int32(x0), x1: Int32(x1), start: start))
  }

  /// All pixels of an image, a piece a row.
  public static func all(height: Int, width: Int) -> [RowPiece] {
    var result: [RowPiece] = []
    if width > 0 {
      for y in 0..<height { result.append(y: y, x0: 0, x1: width) }
    }
    return result
  }
}

extension RowPieces {
  /// Calls `body` with the rows and columns of pixels index * size ..< (index + 1) * size in the
  /// order of the pieces.
  @inline(__always)
  func forEachPart(_ index: Int, of size: Int, _ body: (Int, Range<Int>) -> Void) {
    var pixel = index * size
    let end = min(pixel + size, pixelCount)
    var place = piece(containing: pixel)
    while pixel < end {
      let found = pieces[place]
      let first = Int(found.x0) + pixel - Int(found.start)
      let last = min(Int(found.x1), first + end - pixel)
      body(Int(found.y), first..<last)
      pixel += last - first
      place += 1
    }
  }
}

extension RowPieces {
  /// The same, rows with the same columns below each other in pairs: `body` computes rows y and y + 1 then.
  @inline(__always)
  func forEachPair(
    _ index: Int, of size: Int, _ body: (_ y: Int, _ columns: Range<Int>, _ isPair: Bool) -> Void
  ) {
    var held: (y: Int, columns: Range<Int>)?
    forEachPart(index, of: size) { y, columns in
      guard let first = held else { return held = (y, columns) }
      let isPair = first.y + 1 == y && first.columns == columns
      body(first.y, first.columns, isPair)
      held = isPair ? nil : (y, columns)
    }
    if let held { body(held.y, held.columns, false) }
  }
}

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
