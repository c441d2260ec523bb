import CSIMD
import Compute

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// A tile's memory of one worker: what is nearest at each sample so far.
///
/// While triangles are drawn, samples lie in blocks of 4 x 4, one vector each: the four blocks of a
/// group of 16 x 4 samples are where the group's four rows will be. A body's triangles are a few samples
/// wide and high, and touch fewer blocks than rows. `arrangeRows` puts them into reading order.
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

  /// From blocks to rows; groups where nothing is stay as they are.
  func arrangeRows(columns: Int, rows: Int, attributeCount: Int) {
    for y in Swift.stride(from: 0, to: rows, by: 4) {
      for x in Swift.stride(from: 0, to: columns, by: 16) {
        let group = y &* stride &+ x
        @inline(__always) func load(_ row: Int) -> Ints {
          UnsafeRawPointer(records + (group &+ row &* stride)).load(as: Ints.self)
        }
        let empty = load(0) & load(1) & load(2) & load(3)
        if csimd_sign_bits(empty) == 0xffff { continue }
        csimd_blocks_to_rows(records + group, stride)
        @inline(__always) func arrange(_ plane: UnsafeMutablePointer<Float>) {
          csimd_blocks_to_rows(
            UnsafeMutableRawPointer(plane + group).assumingMemoryBound(to: Int32.self), stride)
        }
        arrange(inverseDepth)
        for index in 0..<attributeCount { arrange(attributes + index &* planeSize) }
      }
    }
  }
}

/// Third stage: draws one triangle into a tile.
///
/// The blocks of 4 x 4 samples that the bounding box touches are tested one vector each; lanes beyond
/// the box fail an edge by themselves. Depth is strictly nearer or the sample stays, so of coincident
/// surfaces the triangle drawn first (the lower number) wins. Depth and attributes are evaluated from
/// the record's own origin, so that their bits do not depend on the tile.
///
/// - Parameters:
///   - left, top, right, bottom: the tile's samples, inclusive.
///   - attributeCount: a literal where it is called, so that the loops unroll.
@inline(__always)
func coverTile(
  _ record: UnsafePointer<Int32>, number: Int32, wide: UnsafePointer<Int64>,
  planes: UnsafePointer<Float>, left: Int32, top: Int32, right: Int32, bottom: Int32,
  attributeCount: Int, lanesX: SIMD16<Int32>, lanesY: SIMD16<Int32>, _ tile: TileBuffers
) {
  let originX = record[TriangleRecord.origin] & 0xffff
  let originY = record[TriangleRecord.origin] &>> 16
  // Blocks in samples from the tile's corner.
  let x0 = max(originX &- left, 0) & ~3
  let y0 = max(originY &- top, 0) & ~3
  let x1 = min(record[TriangleRecord.end] & 0xffff, right) &- left
  let y1 = min(record[TriangleRecord.end] &>> 16, bottom) &- top
  // The first block's first sample, from the record's origin.
  let (dx, dy) = (x0 &+ left &- originX, y0 &+ top &- originY)
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
  @inline(__always) func edge(_ a: Int32, _ b: Int32, _ q: Int32) -> Ints {
    lanesX &* Ints(repeating: a) &+ lanesY &* Ints(repeating: b) &+ Ints(repeating: q)
  }
  var row = (edge(a.0, b.0, q.0), edge(a.1, b.1, q.1), edge(a.2, b.2, q.2))
  let floats = UnsafeRawPointer(record + TriangleRecord.depth).assumingMemoryBound(to: Float.self)
  let recordNumber = Ints(repeating: number)
  var y = y0
  while true {
    let stepY = csimd_to_f32(lanesY &+ (dy &+ y &- y0))
    var e = row
    var x = x0
    while true {
      let inside = (e.0 | e.1 | e.2) .>= 0
      let offset = Int(y &+ (x &>> 2 & 3)) &* tile.stride &+ Int(x & ~15)
      let stepX = csimd_to_f32(lanesX &+ (dx &+ x &- x0))
      @inline(__always) func value(_ plane: UnsafePointer<Float>) -> Floats {
        multiplyAdd(
          Floats(repeating: plane[1]), stepX,
          multiplyAdd(Floats(repeating: plane[2]), stepY, Floats(repeating: plane[0])))
      }
      let depth = value(floats)
      let depthPointer = UnsafeMutableRawPointer(tile.inverseDepth + offset)
      let old = depthPointer.load(as: Floats.self)
      let nearer = inside .& (depth .> old)
      depthPointer.storeBytes(of: old.replacing(with: depth, where: nearer), as: Floats.self)
      let recordPointer = UnsafeMutableRawPointer(tile.records + offset)
      recordPointer.storeBytes(
        of: recordPointer.load(as: Ints.self).replacing(with: recordNumber, where: nearer),
        as: Ints.self)
      for index in 0..<attributeCount {
        let pointer = UnsafeMutableRawPointer(tile.attributes + (index &* tile.planeSize &+ offset))
        pointer.storeBytes(
          of: pointer.load(as: Floats.self)
            .replacing(with: value(planes + 3 &* index), where: nearer), as: Floats.self)
      }
      x &+= 4
      if x > x1 { break }
      e.0 &+= 4 &* a.0
      e.1 &+= 4 &* a.1
      e.2 &+= 4 &* a.2
    }
    y &+= 4
    if y > y1 { break }
    row.0 &+= 4 &* b.0
    row.1 &+= 4 &* b.1
    row.2 &+= 4 &* b.2
  }
}

/// Draws the triangles of a tile's bin, in order.
func coverBin(
  _ bin: UnsafePointer<UInt32>, count: Int, records: UnsafePointer<Int32>,
  wide: UnsafePointer<Int64>, planes: UnsafePointer<Float>, left: Int32, top: Int32, right: Int32,
  bottom: Int32, attributeCount: Int, _ tile: TileBuffers
) {
  let lanesX = csimd_opaque_i32(Ints(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3))
  let lanesY = csimd_opaque_i32(Ints(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3))
  @inline(__always) func draw(_ attributeCount: Int) {
    for index in 0..<count {
      let number = Int(bin[index])
      coverTile(
        records + number &* TriangleRecord.stride, number: Int32(truncatingIfNeeded: number),
        wide: wide + 3 &* number,
        planes: planes + number &* AttributePlanes.stride, left: left, top: top, right: right,
        bottom: bottom, attributeCount: attributeCount, lanesX: lanesX, lanesY: lanesY, tile)
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
