import CSIMD
import Compute

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// Draws the triangles of a tile's bin, in order.
///
/// - Parameters:
///   - left, top, right, bottom: the tile's samples, inclusive.
func coverBin(
  _ bin: UnsafePointer<UInt32>, count: Int, records: UnsafePointer<Int32>,
  wide: UnsafePointer<Int64>, planes: UnsafePointer<Int32>, left: Int32, top: Int32, right: Int32,
  bottom: Int32, attributeCount: Int, _ tile: TileBuffers
) {
  let lanesX = csimd_opaque_i32(Ints(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3))
  let lanesY = csimd_opaque_i32(Ints(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3))
  @inline(__always) func draw(_ attributeCount: Int) {
    for index in 0..<count {
      let number = Int(bin[index])
      let record = records + number &* TriangleRecord.stride
      let triangle = TileTriangle(
        record, wide: wide + 3 &* number, left: left, top: top, right: right, bottom: bottom)
      let painter = BlockPainter(
        record, number: number, planes: planes + number &* AttributePlanes.stride,
        attributeCount: attributeCount, lanesX: lanesX, lanesY: lanesY)
      if triangle.isLarge {
        painter.drawGroups(triangle, tile)
      } else {
        painter.draw(
          triangle, left: triangle.x0, top: triangle.y0, right: triangle.x1, bottom: triangle.y1,
          tile)
      }
    }
  }
  switch attributeCount {
  case 0: draw(0)
  case 1: draw(1)
  case 2: draw(2)
  case 3: draw(3)
  default: draw(4)
  }
}
