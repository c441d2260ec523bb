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
