import CSIMD

/// The records of a frame and the tile that some of them are drawn into.
struct TileRecords {
  let records: UnsafePointer<Int32>
  let wide: UnsafePointer<Int64>
  /// `AttributePlanes` by record.
  let planes: UnsafePointer<Int32>
  let attributeCount: Int
  /// The tile's samples, inclusive.
  let left: Int32
  let top: Int32
  let right: Int32
  let bottom: Int32
}

/// Draws triangles of a tile's bin, in order.
///
/// - Parameter test: which samples they take.
func coverBin<Test: SampleTest>(
  _ bin: UnsafePointer<UInt32>, count: Int, _ frame: TileRecords, test: Test, _ tile: TileBuffers
) {
  let lanesX = csimd_opaque_i32(Ints(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3))
  let lanesY = csimd_opaque_i32(Ints(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3))
  @inline(__always) func draw(_ attributeCount: Int) {
    for index in 0..<count {
      let number = Int(bin[index])
      let record = frame.records + number &* TriangleRecord.stride
      let triangle = TileTriangle(
        record, wide: frame.wide + 3 &* number, left: frame.left, top: frame.top,
        right: frame.right, bottom: frame.bottom)
      let painter = BlockPainter(
        record, number: number, planes: frame.planes + number &* AttributePlanes.stride,
        attributeCount: attributeCount, lanesX: lanesX, lanesY: lanesY, test: test)
      if triangle.isLarge {
        painter.drawGroups(triangle, tile)
      } else {
        painter.draw(
          triangle, left: triangle.x0, top: triangle.y0, right: triangle.x1, bottom: triangle.y1,
          tile)
      }
    }
  }
  switch frame.attributeCount {
  case 0: draw(0)
  case 1: draw(1)
  case 2: draw(2)
  case 3: draw(3)
  default: draw(4)
  }
}
