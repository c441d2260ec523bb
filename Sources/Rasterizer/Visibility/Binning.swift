/// Third stage: which triangles touch which tile, in drawing order.
///
/// Every chunk counts its triangles per tile, the counts become places, and every chunk writes its
/// record numbers there; so a tile's list is in the order of chunks and, inside them, of records. Where
/// all lists together are too long, this goes on for one run of tiles after the other.

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
