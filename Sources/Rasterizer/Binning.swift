/// Fourth stage: which triangles touch which tile, in drawing order.
///
/// Every chunk counts its triangles per tile, the counts become places, and every chunk writes its
/// record numbers there; so a tile's list is in the order of chunks and, inside them, of records.

/// Calls `body` with every tile that a record's bounding box touches.
@inline(__always)
private func forEachTile(
  _ record: UnsafePointer<Int32>, _ columns: Int, _ tileWidth: Int32, _ tileHeight: Int32,
  _ body: (Int) -> Void
) {
  let origin = record[TriangleRecord.origin]
  let end = record[TriangleRecord.end]
  let first = (x: Int((origin & 0xffff) / tileWidth), y: Int((origin &>> 16) / tileHeight))
  let last = (x: Int((end & 0xffff) / tileWidth), y: Int((end &>> 16) / tileHeight))
  for y in first.y...last.y {
    for x in first.x...last.x { body(y &* columns &+ x) }
  }
}

/// counts: (tileCount) of one chunk, overwritten.
func countBins(
  _ records: UnsafePointer<Int32>, _ count: Int, columns: Int, tileWidth: Int32,
  tileHeight: Int32, tileCount: Int, into counts: UnsafeMutablePointer<Int32>
) {
  counts.update(repeating: 0, count: tileCount)
  for index in 0..<count {
    forEachTile(records + index &* TriangleRecord.stride, columns, tileWidth, tileHeight) {
      counts[$0] &+= 1
    }
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
  _ records: UnsafePointer<Int32>, _ count: Int, firstRecord: UInt32, columns: Int,
  tileWidth: Int32, tileHeight: Int32, next: UnsafeMutablePointer<Int32>,
  bins: UnsafeMutablePointer<UInt32>
) {
  for index in 0..<count {
    forEachTile(records + index &* TriangleRecord.stride, columns, tileWidth, tileHeight) { tile in
      bins[Int(next[tile])] = firstRecord &+ UInt32(truncatingIfNeeded: index)
      next[tile] &+= 1
    }
  }
}
