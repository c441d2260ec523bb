import CSIMD
import Compute

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// A tile's memory of one worker: what is nearest at each sample so far.
struct TileBuffers {
  /// Inverse depth, 0 where nothing is.
  let inverseDepth: UnsafeMutablePointer<Float>
  /// Record of the triangle, -1 where nothing is.
  let records: UnsafeMutablePointer<Int32>
  /// Attribute / depth, a plane each.
  let attributes: UnsafeMutablePointer<Float>
  /// From row to row.
  let stride: Int
  /// From plane to plane.
  let planeSize: Int

  func clear(rows: Int) {
    inverseDepth.update(repeating: 0, count: rows * stride)
    records.update(repeating: -1, count: rows * stride)
  }
}

/// Third stage: draws one triangle into a tile.
///
/// Rows of the bounding box are tested in stamps of sixteen samples that begin at the box's first
/// column; lanes beyond the box fail an edge by themselves. Depth is strictly nearer or the sample
/// stays, so of coincident surfaces the triangle drawn first (the lower number) wins. Depth and
/// attributes are evaluated from the record's own origin, so that their bits do not depend on the
/// tile.
///
/// - Parameters:
///   - left, top, right, bottom: the tile's samples, inclusive.
///   - attributeCount: a literal where it is called, so that the loops unroll.
@inline(__always)
func coverTile(
  _ record: UnsafePointer<Int32>, number: Int32, wide: UnsafePointer<Int64>,
  planes: UnsafePointer<Float>, left: Int32, top: Int32, right: Int32, bottom: Int32,
  attributeCount: Int, _ tile: TileBuffers
) {
  let lanes = Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let originX = record[TriangleRecord.origin] & 0xffff
  let originY = record[TriangleRecord.origin] &>> 16
  let x0 = max(originX, left)
  let y0 = max(originY, top)
  let x1 = min(record[TriangleRecord.end] & 0xffff, right)
  let y1 = min(record[TriangleRecord.end] &>> 16, bottom)
  let (dx, dy) = (x0 &- originX, y0 &- originY)
  let a = (record[TriangleRecord.a], record[TriangleRecord.a + 1], record[TriangleRecord.a + 2])
  let b = (record[TriangleRecord.b], record[TriangleRecord.b + 1], record[TriangleRecord.b + 2])
  var q: (Int32, Int32, Int32)
  if record[TriangleRecord.wide] == 0 {
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
  let floats = UnsafeRawPointer(record + TriangleRecord.depth).assumingMemoryBound(to: Float.self)
  let depthOrigin = floats[0]
  let depthX = Floats(repeating: floats[1])
  let depthY = floats[2]
  let recordNumber = Ints(repeating: number)
  let width = x1 &- x0
  var column: Int32 = 0
  repeat {
    var e0 = lanes &* a.0 &+ (q.0 &+ a.0 &* column)
    var e1 = lanes &* a.1 &+ (q.1 &+ a.1 &* column)
    var e2 = lanes &* a.2 &+ (q.2 &+ a.2 &* column)
    let stepX = csimd_to_f32(lanes &+ (dx &+ column))
    var offset = Int(y0 &- top) &* tile.stride &+ Int(x0 &- left &+ column)
    var y = y0
    var stepY = Float(dy)
    while y <= y1 {
      let inside = (e0 | e1 | e2) .>= 0
      if csimd_sign_bits(unsafeBitCast(inside, to: Ints.self)) != 0 {
        let depth = multiplyAdd(
          depthX, stepX, Floats(repeating: scalarMultiplyAdd(depthY, stepY, depthOrigin)))
        let depthPointer = UnsafeMutableRawPointer(tile.inverseDepth + offset)
        let old = depthPointer.loadUnaligned(as: Floats.self)
        let nearer = inside .& (depth .> old)
        if csimd_sign_bits(unsafeBitCast(nearer, to: Ints.self)) != 0 {
          depthPointer.storeBytes(of: old.replacing(with: depth, where: nearer), as: Floats.self)
          let recordPointer = UnsafeMutableRawPointer(tile.records + offset)
          recordPointer.storeBytes(
            of: recordPointer.loadUnaligned(as: Ints.self)
              .replacing(with: recordNumber, where: nearer), as: Ints.self)
          for index in 0..<attributeCount {
            let plane = planes + 3 * index
            let value = multiplyAdd(
              Floats(repeating: plane[1]), stepX,
              Floats(repeating: scalarMultiplyAdd(plane[2], stepY, plane[0])))
            let pointer = UnsafeMutableRawPointer(
              tile.attributes + (index &* tile.planeSize &+ offset))
            pointer.storeBytes(
              of: pointer.loadUnaligned(as: Floats.self).replacing(with: value, where: nearer),
              as: Floats.self)
          }
        }
      }
      e0 &+= b.0
      e1 &+= b.1
      e2 &+= b.2
      offset &+= tile.stride
      stepY += 1
      y &+= 1
    }
    column &+= 16
  } while column <= width
}

@inline(__always)
private func scalarMultiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float {
  #if AVATAR_FMA
    c.addingProduct(a, b)
  #else
    a * b + c
  #endif
}

/// Draws the triangles of a tile's bin, in order.
func coverBin(
  _ bin: UnsafePointer<UInt32>, count: Int, records: UnsafePointer<Int32>,
  wide: UnsafePointer<Int64>, planes: UnsafePointer<Float>, left: Int32, top: Int32, right: Int32,
  bottom: Int32, attributeCount: Int, _ tile: TileBuffers
) {
  @inline(__always) func draw(_ attributeCount: Int) {
    for index in 0..<count {
      let number = Int(bin[index])
      coverTile(
        records + number &* TriangleRecord.stride, number: Int32(truncatingIfNeeded: number),
        wide: wide + 3 &* number,
        planes: planes + number &* 3 &* attributeCount, left: left, top: top, right: right,
        bottom: bottom, attributeCount: attributeCount, tile)
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
