// Up to twelve output pixels that a tile computes together, taken from row pieces in order.

/// Coordinates of the pixels of a tile. Slots behind the last pixel repeat it.
struct PixelGroup {
  /// [y of 16 slots][x of 16 slots], in scratch.
  var coordinates: UnsafeMutablePointer<Int>
  var count = 0
  /// Twelve neighbours of one row.
  var isRun = false

  @inline(__always) func y(_ slot: Int) -> Int { coordinates[slot] }
  @inline(__always) func x(_ slot: Int) -> Int { coordinates[tableRow + slot] }
}

/// Walks the pixels of row pieces from one pixel to another in groups.
struct PixelWalk {
  private let pieces: RowPieces
  private var piece: Int
  private var x: Int
  private var left: Int

  /// Pixels first ..< end in the order of the pieces.
  init(_ pieces: RowPieces, first: Int, end: Int) {
    self.pieces = pieces
    left = end - first
    piece = pieces.piece(containing: first)
    x = left > 0 ? Int(pieces.pieces[piece].x0) + first - Int(pieces.pieces[piece].start) : 0
  }

  /// Fills the group with the next pixels; false at the end.
  mutating func next(_ group: inout PixelGroup) -> Bool {
    guard left > 0 else { return false }
    group.count = min(left, tilePixels)
    left -= group.count
    group.isRun =
      group.count == tilePixels && x + tilePixels <= Int(pieces.pieces[piece].x1)
    for slot in 0..<group.count {
      if x == Int(pieces.pieces[piece].x1) {
        piece += 1
        x = Int(pieces.pieces[piece].x0)
      }
      group.coordinates[slot] = Int(pieces.pieces[piece].y)
      group.coordinates[tableRow + slot] = x
      x += 1
    }
    for slot in group.count..<tableRow {
      group.coordinates[slot] = group.coordinates[group.count - 1]
      group.coordinates[tableRow + slot] = group.coordinates[tableRow + group.count - 1]
    }
    return true
  }
}
