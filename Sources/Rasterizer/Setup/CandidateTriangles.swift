import CSIMD
import Compute

/// Triangles that passed the cheap tests, packed, waiting for fifteen others.
struct CandidateTriangles {
  /// Screen corners, corner and texture-corner numbers, triangle number: planes of 32 lanes. Then
  /// what `finish` computes: two blocks of sixteen planes of sixteen lanes.
  let planes: UnsafeMutablePointer<Int32>
  private var count = 0

  static let inputPlanes = 16
  static let words = inputPlanes * 32 + 2 * 256

  init(planes: UnsafeMutablePointer<Int32>) { self.planes = planes }

  /// Adds the lanes of `chosen`, with corners ordered for a positive area.
  @inline(__always)
  mutating func append(
    _ chosen: UInt32, _ c0: ScreenCorners, _ c1: ScreenCorners, _ c2: ScreenCorners,
    reversed: SIMDMask<SIMD16<Int32>>, first: Int, input: SetupInput, into list: inout RecordList
  ) {
    let lanes = Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let target = planes + count
    @inline(__always) func put(_ value: Ints, _ plane: Int) {
      UnsafeMutableRawPointer(target + 32 &* plane)
        .storeBytes(of: csimd_compress_i32(value, chosen), as: Ints.self)
    }
    @inline(__always) func put(_ a: Ints, _ b: Ints, _ c: Ints, _ plane: Int) {
      put(a, plane)
      put(b.replacing(with: c, where: reversed), plane + 1)
      put(c.replacing(with: b, where: reversed), plane + 2)
    }
    put(c0.x, c1.x, c2.x, 0)
    put(c0.y, c1.y, c2.y, 3)
    put(c0.inverseDepth, c1.inverseDepth, c2.inverseDepth, 6)
    put(lanes &+ Int32(truncatingIfNeeded: first), 9)
    @inline(__always) func put(_ corners: UnsafePointer<Int32>, _ stride: Int, _ plane: Int) {
      @inline(__always) func load(_ k: Int) -> Ints {
        UnsafeRawPointer(corners + (k &* stride &+ first)).loadUnaligned(as: Ints.self)
      }
      put(load(0), load(1), load(2), plane)
    }
    if input.usesVertexCorners { put(input.corners, input.cornerStride, 10) }
    if let uvCorners = input.uvCorners { put(uvCorners, input.uvCornerStride, 13) }
    count += chosen.nonzeroBitCount
    if count >= 16 { emit(16, input, into: &list) }
  }

  /// Sets up what is left.
  mutating func finish(_ input: SetupInput, into list: inout RecordList) {
    if count > 0 { emit(count, input, into: &list) }
  }

  /// Rotates the corners of the chosen candidates until the longest side is the first.
  @inline(never)
  private func rotate(_ lanes: UInt32) {
    var rest = lanes
    while rest != 0 {
      let lane = rest.trailingZeroBitCount
      rest &= rest &- 1
      func word(_ plane: Int) -> Int { Int(planes[32 &* plane &+ lane]) }
      func square(_ from: Int, _ to: Int) -> Int {
        let (x, y) = (word(to) - word(from), word(to + 3) - word(from + 3))
        return x * x + y * y
      }
      let sides = (square(0, 1), square(1, 2), square(2, 0))
      let longest = max(sides.0, sides.1, sides.2)
      if longest == sides.0 { continue }
      func rotate(_ plane: Int) {
        let corner = planes + (32 &* plane &+ lane)
        let (c0, c1, c2) = (corner[0], corner[32], corner[64])
        (corner[0], corner[32], corner[64]) =
          longest == sides.1 ? (c1, c2, c0) : (c2, c0, c1)
      }
      // Columns, rows, depths, vertices, texture coordinates.
      rotate(0)
      rotate(3)
      rotate(6)
      rotate(10)
      rotate(13)
    }
  }

  /// Sets up the first `number` candidates, sixteen at most, and moves the others to the front.
  @inline(never)
  private mutating func emit(
    _ number: Int, _ input: SetupInput, into list: inout RecordList
  ) {
    var (d1, d2) = (side(0, 1), side(0, 2))
    var area = d1.x * d2.y - d2.x * d1.y
    // What planes are made from: the sides, but of slivers the first side and one across from it.
    var (e1, e2) = (d1, d2)
    let slivers = sliverLanes(d1, d2, area) & ((1 &<< UInt32(number)) &- 1)
    if slivers != 0 {
      rotate(slivers)
      (d1, d2) = (side(0, 1), side(0, 2))
      let lanes = Mask16(lanes: slivers)
      e1.x = d1.x.replacing(with: 0, where: lanes)
      e1.y = d1.y.replacing(with: 0, where: lanes)
      e2.x = d2.x.replacing(with: -d1.y, where: lanes)
      e2.y = d2.y.replacing(with: d1.x, where: lanes)
      area = area.replacing(with: d1.x * d1.x + d1.y * d1.y, where: lanes)
    }
    let offset = storeEdges(input)
    let screen = CandidatePlanes(
      candidates: self, number: number, d1: d1, d2: d2, e1: e1, e2: e2, inverseArea: 1 / area,
      offset: offset)
    let depth = screen.depth
    depth.store(work, TriangleRecord.depth)
    csimd_store_rows16(list.next, work, Int32(number))
    if input.attributeCount > 0 {
      screen.storeAttributes(input, depth: depth)
      csimd_store_rows16(list.nextPlanes, planeWork, Int32(number))
    }
    if let cutOut = input.cutOut {
      screen.storeCutOut(cutOut, input)
      csimd_store_rows16(list.nextCutOut, planeWork, Int32(number))
    }
    list.count += number
    count -= number
    if count > 0 {
      for plane in 0..<Self.inputPlanes {
        UnsafeMutableRawPointer(planes + 32 &* plane).storeBytes(
          of: UnsafeRawPointer(planes + (32 &* plane &+ 16)).load(as: Ints.self), as: Ints.self)
      }
    }
  }

  /// Where `finish` puts the records' planes.
  private var work: UnsafeMutablePointer<Int32> { planes + Self.inputPlanes * 32 }
  /// Where it puts those of `AttributePlanes` and `CutOutPlanes`.
  var planeWork: UnsafeMutablePointer<Int32> { work + 256 }

  @inline(__always)
  func load(_ plane: Int) -> SIMD16<Int32> {
    UnsafeRawPointer(planes + 32 &* plane).load(as: Ints.self)
  }

  /// From one corner to another, samples.
  @inline(__always)
  private func side(_ from: Int, _ to: Int) -> (x: Floats, y: Floats) {
    let unit = 1 / RasterConstants.subpixels
    return (
      csimd_to_f32(load(to) &- load(from)) * unit,
      csimd_to_f32(load(to &+ 3) &- load(from &+ 3)) * unit
    )
  }

  /// Puts down the records but for their depth; returns where the origin's centre is from the first
  /// corner, samples.
  @inline(__always)
  private func storeEdges(_ input: SetupInput) -> (x: Floats, y: Floats) {
    let (x0, x1, x2) = (load(0), load(1), load(2))
    let (y0, y1, y2) = (load(3), load(4), load(5))
    let half = Ints(repeating: Int32(RasterConstants.subpixels / 2))
    let shift = Ints(repeating: RasterConstants.subpixelBits)
    let left = csimd_max_i32(
      csimd_shift_right_i32(minimum(x0, x1, x2) &+ (half &- 1), shift), .zero)
    let top = csimd_max_i32(
      csimd_shift_right_i32(minimum(y0, y1, y2) &+ (half &- 1), shift), .zero)
    let right = csimd_min_i32(
      csimd_shift_right_i32(maximum(x0, x1, x2) &- half, shift), Ints(repeating: input.width - 1))
    let bottom = csimd_min_i32(
      csimd_shift_right_i32(maximum(y0, y1, y2) &- half, shift),
      Ints(repeating: input.height - 1))
    let originX = csimd_shift_left_i32(left, shift) &+ half
    let originY = csimd_shift_left_i32(top, shift) &+ half
    let high = Ints(repeating: 16)
    (left | csimd_shift_left_i32(top, high)).store(work, TriangleRecord.origin)
    (right | csimd_shift_left_i32(bottom, high)).store(work, TriangleRecord.end)
    edge(x0, y0, x1, y1, originX, originY, work, 0)
    edge(x1, y1, x2, y2, originX, originY, work, 1)
    edge(x2, y2, x0, y0, originX, originY, work, 2)
    (load(9) &+ input.firstID).store(work, TriangleRecord.id)
    Ints(repeating: input.partWord).store(work, TriangleRecord.part)
    let unit = 1 / RasterConstants.subpixels
    return (csimd_to_f32(originX &- x0) * unit, csimd_to_f32(originY &- y0) * unit)
  }
}

/// Edge from a to b: its A, B and its q at the origin.
@inline(__always)
private func edge(
  _ ax: Ints, _ ay: Ints, _ bx: Ints, _ by: Ints, _ originX: Ints, _ originY: Ints,
  _ work: UnsafeMutablePointer<Int32>, _ index: Int
) {
  let a = ay &- by
  let b = bx &- ax
  // Top edges run to the right, left edges run upwards (y down, positive area).
  let topLeft = (a .> 0) .| ((a .== 0) .& (b .> 0))
  let c = a &* (originX &- ax) &+ b &* (originY &- ay)
  let biased = c &- Ints(repeating: 1).replacing(with: 0, where: topLeft)
  a.store(work, TriangleRecord.a + index)
  b.store(work, TriangleRecord.b + index)
  csimd_shift_right_i32(biased, Ints(repeating: RasterConstants.subpixelBits))
    .store(work, TriangleRecord.q + index)
}
