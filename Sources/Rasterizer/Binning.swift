/// Fourth stage: which triangles touch which tile, in drawing order.
///
/// Every chunk counts its triangles per tile, the counts become places, and every chunk writes its
/// record numbers there; so a tile's list is in the order of chunks and, inside them, of records.

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
    let origin = UInt32(bitPattern: record[TriangleRecord.origin])
    let end = UInt32(bitPattern: record[TriangleRecord.end])
    let x0 = Int(((origin & 0xffff) &* acrossX) &>> 20)
    let y0 = Int(((origin &>> 16) &* acrossY) &>> 20)
    let x1 = Int(((end & 0xffff) &* acrossX) &>> 20)
    let y1 = Int(((end &>> 16) &* acrossY) &>> 20)
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
/// starts: (tiles + 1) first entry of each tile. Returns the number of entries.
func accumulateBins(
  counts: UnsafeMutablePointer<Int32>, chunks: Int, tiles: Int,
  starts: UnsafeMutablePointer<Int32>
) -> Int {
  // Row by row, so that memory is read in order: first totals per tile, then their running sum.
  starts.update(repeating: 0, count: tiles + 1)
  for chunk in 0..<chunks {
    let row = counts + chunk &* tiles
    for tile in 0..<tiles {
      let count = row[tile]
      row[tile] = starts[tile]
      starts[tile] &+= count
    }
  }
  var total: Int32 = 0
  for tile in 0..<tiles {
    let count = starts[tile]
    starts[tile] = total
    total &+= count
  }
  starts[tiles] = total
  for chunk in 0..<chunks {
    let row = counts + chunk &* tiles
    for tile in 0..<tiles { row[tile] &+= starts[tile] }
  }
  return Int(total)
}

/// next: (tiles) places of one chunk's entries, advanced.
func scatterBins(
  _ records: UnsafePointer<Int32>, _ count: Int, firstRecord: UInt32, grid: TileGrid,
  next: UnsafeMutablePointer<Int32>, bins: UnsafeMutablePointer<UInt32>
) {
  var record = records
  for index in 0..<count {
    let number = firstRecord &+ UInt32(truncatingIfNeeded: index)
    grid.forEachTile(record) { tile in
      let place = next[tile]
      bins[Int(place)] = number
      next[tile] = place &+ 1
    }
    record += TriangleRecord.stride
  }
}
