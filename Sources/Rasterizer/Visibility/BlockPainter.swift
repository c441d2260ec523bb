import CSIMD
import Compute

/// What of a record is the same in all its blocks.
struct BlockPainter<Test: SampleTest> {
  let number: Int32
  /// The record's depth plane: three floats.
  let depth: UnsafeRawPointer
  /// The record's `AttributePlanes`: floats.
  let planes: UnsafeRawPointer
  /// A literal where it is made, so that loops unroll.
  let attributeCount: Int
  /// Columns and rows of a block's samples.
  let lanesX: SIMD16<Int32>
  let lanesY: SIMD16<Int32>
  let test: Test

  @inline(__always)
  init(
    _ record: UnsafePointer<Int32>, number: Int, planes: UnsafePointer<Int32>, attributeCount: Int,
    lanesX: SIMD16<Int32>, lanesY: SIMD16<Int32>, test: Test
  ) {
    self.number = Int32(truncatingIfNeeded: number)
    depth = UnsafeRawPointer(record + TriangleRecord.depth)
    self.planes = UnsafeRawPointer(planes)
    self.attributeCount = attributeCount
    self.lanesX = lanesX
    self.lanesY = lanesY
    self.test = test
  }

  /// Fourth stage: draws the blocks of 4 x 4 samples that hold (left, top) to (right, bottom), one
  /// vector each; samples beyond the bounding box fail an edge by themselves.
  ///
  /// Depth is strictly nearer or the sample stays, so of coincident surfaces the triangle drawn first
  /// (the lower number) wins. Depth and attributes are evaluated from the record's own origin, so that
  /// their bits do not depend on the tile.
  @inline(__always)
  func draw(
    _ triangle: TileTriangle, left: Int32, top: Int32, right: Int32, bottom: Int32,
    _ tile: TileBuffers
  ) {
    let (a, b, q) = (triangle.a, triangle.b, triangle.q)
    let (aside, down) = (left &- triangle.x0, top &- triangle.y0)
    @inline(__always) func edge(_ a: Int32, _ b: Int32, _ q: Int32) -> Ints {
      lanesX &* Ints(repeating: a) &+ lanesY &* Ints(repeating: b)
        &+ Ints(repeating: q &+ a &* aside &+ b &* down)
    }
    var row = (edge(a.0, b.0, q.0), edge(a.1, b.1, q.1), edge(a.2, b.2, q.2))
    let recordNumber = Ints(repeating: number)
    var y = top
    while true {
      let stepY = csimd_to_f32(lanesY &+ (triangle.dy &+ y &- triangle.y0))
      var e = row
      var x = left
      while true {
        let inside = (e.0 | e.1 | e.2) .>= 0
        let offset = Int(y &+ (x &>> 2 & 3)) &* tile.stride &+ Int(x & ~15)
        let stepX = csimd_to_f32(lanesX &+ (triangle.dx &+ x &- triangle.x0))
        let depth = planeValue(self.depth, x: stepX, y: stepY)
        let depthPointer = UnsafeMutableRawPointer(tile.inverseDepth + offset)
        let old = depthPointer.load(as: Floats.self)
        let taken = test.taken(
          inside .& (depth .> old), record: number, inverseDepth: depth, x: stepX, y: stepY)
        depthPointer.storeBytes(of: old.replacing(with: depth, where: taken), as: Floats.self)
        let recordPointer = UnsafeMutableRawPointer(tile.records + offset)
        recordPointer.storeBytes(
          of: recordPointer.load(as: Ints.self).replacing(with: recordNumber, where: taken),
          as: Ints.self)
        for index in 0..<attributeCount {
          let pointer = UnsafeMutableRawPointer(
            tile.attributes + (index &* tile.planeSize &+ offset))
          let value = planeValue(planes + 12 &* index, x: stepX, y: stepY)
          pointer.storeBytes(
            of: pointer.load(as: Floats.self).replacing(with: value, where: taken),
            as: Floats.self)
        }
        x &+= 4
        if x > right { break }
        e.0 &+= 4 &* a.0
        e.1 &+= 4 &* a.1
        e.2 &+= 4 &* a.2
      }
      y &+= 4
      if y > bottom { break }
      row.0 &+= 4 &* b.0
      row.1 &+= 4 &* b.1
      row.2 &+= 4 &* b.2
    }
  }

  /// Hierarchical depth: of a large triangle, groups of blocks outside an edge or behind everything
  /// that is there are left out. Triangles that may leave samples hide nothing.
  @inline(never)
  func drawGroups(_ triangle: TileTriangle, _ tile: TileBuffers) {
    let depth = (
      self.depth.load(as: Float.self), self.depth.load(fromByteOffset: 4, as: Float.self),
      self.depth.load(fromByteOffset: 8, as: Float.self)
    )
    let side = TileBuffers.groupSide
    let last = side &- 1
    for groupY in stride(from: triangle.y0 & ~last, through: triangle.y1, by: Int(side)) {
      for groupX in stride(from: triangle.x0 & ~last, through: triangle.x1, by: Int(side)) {
        let (aside, down) = (groupX &- triangle.x0, groupY &- triangle.y0)
        // Least and greatest value of an edge over the group's samples.
        func range(_ a: Int32, _ b: Int32, _ q: Int32) -> (least: Int64, greatest: Int64) {
          let (a, b) = (Int64(a), Int64(b))
          let corner = Int64(q) &+ a &* Int64(aside) &+ b &* Int64(down)
          let low = min(a, 0) &+ min(b, 0)
          let high = max(a, 0) &+ max(b, 0)
          return (corner &+ Int64(last) &* low, corner &+ Int64(last) &* high)
        }
        let edges = (
          range(triangle.a.0, triangle.b.0, triangle.q.0),
          range(triangle.a.1, triangle.b.1, triangle.q.1),
          range(triangle.a.2, triangle.b.2, triangle.q.2)
        )
        if min(edges.0.greatest, edges.1.greatest, edges.2.greatest) < 0 { continue }
        let group = tile.farthest + Int(groupY / side &* 4 &+ groupX / side)
        let (x, y) = (Float(triangle.dx &+ aside), Float(triangle.dy &+ down))
        let corner = depth.0 + depth.1 * x + depth.2 * y
        let reach = Float(last)
        // The samples' own depths are rounded differently.
        let slack =
          1e-5
          * (abs(depth.0) + abs(depth.1) * (abs(x) + reach) + abs(depth.2) * (abs(y) + reach))
        let nearest = corner + reach * (max(depth.1, 0) + max(depth.2, 0)) + slack
        if nearest <= group.pointee { continue }
        draw(
          triangle, left: max(groupX, triangle.x0), top: max(groupY, triangle.y0),
          right: min(groupX &+ last, triangle.x1), bottom: min(groupY &+ last, triangle.y1), tile)
        if Test.takesAll && min(edges.0.least, edges.1.least, edges.2.least) >= 0 {
          let farthest = corner + reach * (min(depth.1, 0) + min(depth.2, 0)) - slack
          group.pointee = max(group.pointee, farthest)
        }
      }
    }
  }
}
