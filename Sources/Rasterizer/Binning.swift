/// Fourth stage: which triangles touch which tile, in drawing order.
///
/// Every chunk counts its triangles per tile, the counts become places, and every chunk writes its
/// record numbers there; so a tile's list is in the order of chunks and, inside them, of records. Where
/// all lists together are too long, this goes on for one run of tiles after the other.

/// The grid of tiles over a picture.
struct TileGrid {
  let columns: Int
  let rows: Int
  /// 2^20 / side, rounded up: x * reciprocal >> 20 is x / side for x below 2^14 and sides up to 64.
  private let acrossX: UInt32
  private let acrossY: UInt32

  /// Tile sides are at most 64 samples, picture sides `RasterConstants.largestSide`.
  init(width: Int, height: Int, tileWidth: Int, tileHeight: Int) {
    columns = (width + tileWidth - 1) / tileWidth
    rows = (height + tileHeight - 1) / tileHeight
    acrossX = UInt32((1 << 20 + tileWidth - 1) / tileWidth)
    acrossY = UInt32((1 << 20 + tileHeight - 1) / tileHeight)
  }

  var count: Int { columns &* rows }

  /// Calls `body` with every tile that a record's bounding box touches.
  @inline(__always)
  func forEachTile(_ record: UnsafePointer<Int32>, _ body: (Int) -> Void) {
    forEachTile(record, fromRow: 0, toRow: rows, body)
  }

  /// The same, of the rows of tiles fromRow ... toRow.
  @inline(__always)
  func forEachTile(
    _ record: UnsafePointer<Int32>, fromRow: Int, toRow: Int, _ body: (Int) -> Void
  ) {
    let origin = UInt32(bitPattern: record[TriangleRecord.origin])
    let end = UInt32(bitPattern: record[TriangleRecord.end])
    let x0 = Int(((origin & 0xffff) &* acrossX) &>> 20)
    let y0 = max(Int(((origin &>> 16) &* acrossY) &>> 20), fromRow)
    let x1 = Int(((end & 0xffff) &* acrossX) &>> 20)
    let y1 = min(Int(((end &>> 16) &* acrossY) &>> 20), toRow)
    if y0 > y1 { return }
    var first = y0 &* columns &+ x0
    var y = y0
    while true {
      var x = x0
      while true {
        body(first &+ x &- x0)
        if x == x1 { break }
        x &+= 1
      }
      if y == y1 { break }
      y &+= 1
      first &+= columns
    }
  }
}

/// counts: (tiles) of one chunk, overwritten.
func countBins(
  _ records: UnsafePointer<Int32>, _ count: Int, grid: TileGrid,
  into counts: UnsafeMutablePointer<Int32>
) {
  counts.update(repeating: 0, count: grid.count)
  var record = records
  for _ in 0..<count {
    grid.forEachTile(record) { counts[$0] &+= 1 }
    record += TriangleRecord.stride
  }
}

/// Turns counts (chunks, tiles) into the place of each chunk's first entry in each tile's list.
///
/// lengths: (tiles) entries of each tile's list.
func accumulateBins(
  counts: UnsafeMutablePointer<Int32>, chunks: Int, tiles: Int,
  lengths: UnsafeMutablePointer<Int32>
) {
  // Row by row, so that memory is read in order. A list holds a record at most once, and the number of
  // records has 27 bits.
  lengths.update(repeating: 0, count: tiles)
  for chunk in 0..<chunks {
    let row = counts + chunk &* tiles
    for tile in 0..<tiles {
      let count = row[tile]
      row[tile] = lengths[tile]
      lengths[tile] &+= count
    }
  }
}

/// Lays out the lists of as many tiles from `first` on as have at most `limit` entries together, but of
/// one at least: starts[tile] is where a tile's list begins.
///
/// Returns the end of those tiles and the number of their entries.
func layOutBins(
  from first: Int, tiles: Int, limit: Int, lengths: UnsafePointer<Int32>,
  starts: UnsafeMutablePointer<Int>
) -> (end: Int, entries: Int) {
  var (end, entries) = (first, 0)
  while end < tiles {
    let length = Int(lengths[end])
    if end > first && entries + length > limit { break }
    starts[end] = entries
    entries += length
    end += 1
  }
  return (end, entries)
}

/// Writes a chunk's record numbers into the lists of the tiles from ..< to.
///
/// next: (tiles) places of the chunk's entries in each list, advanced.
func scatterBins(
  _ records: UnsafePointer<Int32>, _ count: Int, firstRecord: UInt32, grid: TileGrid,
  from: Int, to: Int, starts: UnsafePointer<Int>, next: UnsafeMutablePointer<Int32>,
  bins: UnsafeMutablePointer<UInt32>
) {
  @inline(__always) func put(_ tile: Int, _ number: UInt32) {
    let place = next[tile]
    bins[starts[tile] &+ Int(place)] = number
    next[tile] = place &+ 1
  }
  let isWhole = from == 0 && to == grid.count
  let (fromRow, toRow) = (from / grid.columns, (to - 1) / grid.columns)
  var record = records
  for index in 0..<count {
    let number = firstRecord &+ UInt32(truncatingIfNeeded: index)
    if isWhole {
      grid.forEachTile(record) { put($0, number) }
    } else {
      grid.forEachTile(record, fromRow: fromRow, toRow: toRow) { tile in
        if tile >= from && tile < to { put(tile, number) }
      }
    }
    record += TriangleRecord.stride
  }
}
