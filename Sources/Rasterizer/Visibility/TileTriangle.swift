/// A triangle as it meets a tile: the blocks its bounding box touches and its edges there.
struct TileTriangle {
  /// Samples from the tile's corner: first and last of the bounding box, the first at a block's corner.
  let x0: Int32
  let y0: Int32
  let x1: Int32
  let y1: Int32
  /// (x0, y0) from the record's origin.
  let dx: Int32
  let dy: Int32
  let a: (Int32, Int32, Int32)
  let b: (Int32, Int32, Int32)
  /// Edges at (x0, y0).
  let q: (Int32, Int32, Int32)

  /// - Parameters:
  ///   - wide: the record's entry of `RecordList.wide`.
  ///   - left, top, right, bottom: the tile's samples, inclusive.
  @inline(__always)
  init(
    _ record: UnsafePointer<Int32>, wide: UnsafePointer<Int64>, left: Int32, top: Int32,
    right: Int32, bottom: Int32
  ) {
    let originX = record[TriangleRecord.origin] & 0xffff
    let originY = record[TriangleRecord.origin] &>> 16
    x0 = max(originX &- left, 0) & ~3
    y0 = max(originY &- top, 0) & ~3
    x1 = min(record[TriangleRecord.end] & 0xffff, right) &- left
    y1 = min(record[TriangleRecord.end] &>> 16, bottom) &- top
    let (dx, dy) = (x0 &+ left &- originX, y0 &+ top &- originY)
    (self.dx, self.dy) = (dx, dy)
    let a = (record[TriangleRecord.a], record[TriangleRecord.a + 1], record[TriangleRecord.a + 2])
    let b = (record[TriangleRecord.b], record[TriangleRecord.b + 1], record[TriangleRecord.b + 2])
    (self.a, self.b) = (a, b)
    if record[TriangleRecord.part] & TriangleRecord.wideBit == 0 {
      q = (
        record[TriangleRecord.q] &+ a.0 &* dx &+ b.0 &* dy,
        record[TriangleRecord.q + 1] &+ a.1 &* dx &+ b.1 &* dy,
        record[TriangleRecord.q + 2] &+ a.2 &* dx &+ b.2 &* dy
      )
    } else {
      // Beyond 2^30 the sign cannot change inside a tile: |A i + B j| < 2^30 there.
      @inline(__always) func start(_ index: Int, _ a: Int32, _ b: Int32) -> Int32 {
        let value = wide[index] &+ Int64(a) &* Int64(dx) &+ Int64(b) &* Int64(dy)
        return Int32(truncatingIfNeeded: max(-(1 << 30), min(1 << 30, value)))
      }
      q = (start(0, a.0, b.0), start(1, a.1, b.1), start(2, a.2, b.2))
    }
  }

  /// Much larger than a group of blocks, so that leaving out groups pays.
  @inline(__always)
  var isLarge: Bool {
    x1 &- x0 >= 2 &* TileBuffers.groupSide || y1 &- y0 >= 2 &* TileBuffers.groupSide
  }
}
