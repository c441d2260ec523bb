import CSIMD
import Compute

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// Triangles that passed the cheap tests, packed, waiting for fifteen others.
struct CandidateTriangles {
  /// Screen corners, corner and texture-corner numbers, triangle number: planes of 32 lanes. Then
  /// what `finish` computes: two blocks of sixteen planes of sixteen lanes.
  private let planes: UnsafeMutablePointer<Int32>
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
    if input.usesVertexAttributes { put(input.corners, input.cornerStride, 10) }
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
    let work = planes + Self.inputPlanes * 32
    @inline(__always) func load(_ plane: Int) -> Ints {
      UnsafeRawPointer(planes + 32 &* plane).load(as: Ints.self)
    }
    let unit = 1 / RasterConstants.subpixels
    @inline(__always) func side(_ from: Int, _ to: Int) -> (x: Floats, y: Floats) {
      (
        csimd_to_f32(load(to) &- load(from)) * unit,
        csimd_to_f32(load(to &+ 3) &- load(from &+ 3)) * unit
      )
    }
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
    store(left | csimd_shift_left_i32(top, high), work, TriangleRecord.origin)
    store(right | csimd_shift_left_i32(bottom, high), work, TriangleRecord.end)
    edge(x0, y0, x1, y1, originX, originY, work, 0)
    edge(x1, y1, x2, y2, originX, originY, work, 1)
    edge(x2, y2, x0, y0, originX, originY, work, 2)
    store(load(9) &+ input.firstID, work, TriangleRecord.id)
    store(Ints.zero, work, TriangleRecord.wide)

    let inverseArea = 1 / area
    let offset = (
      x: csimd_to_f32(originX &- x0) * unit, y: csimd_to_f32(originY &- y0) * unit
    )
    // A value that is linear on the screen, from its values at the corners.
    @inline(__always)
    func plane(_ a0: Floats, _ a1: Floats, _ a2: Floats) -> (Floats, Floats, Floats) {
      let (s1, s2) = (a1 - a0, a2 - a0)
      let dx = (s1 * e2.y - s2 * e1.y) * inverseArea
      let dy = (s2 * e1.x - s1 * e2.x) * inverseArea
      return (a0 + dx * offset.x + dy * offset.y, dx, dy)
    }
    let z0 = unsafeBitCast(load(6), to: Floats.self)
    let z1 = unsafeBitCast(load(7), to: Floats.self)
    let z2 = unsafeBitCast(load(8), to: Floats.self)
    let depth = plane(z0, z1, z2)
    store(depth.0, work, TriangleRecord.depth)
    store(depth.1, work, TriangleRecord.depth + 1)
    store(depth.2, work, TriangleRecord.depth + 2)
    csimd_store_rows16(list.next, work, Int32(number))

    if input.attributeCount > 0 {
      let planeWork = work + 256
      // Lanes past `number` hold whatever was there before: their numbers must not be followed.
      let used =
        Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        .< Int32(truncatingIfNeeded: number)
      var (u, v) = (depth, depth)
      for index in 0..<input.attributeCount {
        guard let attribute = input.attribute(index) else { continue }
        let first = attribute.indexing == .texture ? 13 : 10
        @inline(__always) func value(_ corner: Int) -> Floats {
          csimd_gather_f32(
            attribute.values, Ints.zero.replacing(with: load(first &+ corner), where: used))
        }
        let over = plane(value(0) * z0, value(1) * z1, value(2) * z2)
        store(over.0, planeWork, 3 * index)
        store(over.1, planeWork, 3 * index + 1)
        store(over.2, planeWork, 3 * index + 2)
        if index == 0 { u = over } else if index == 1 { v = over }
      }
      if let request = input.footprintRequest {
        // At the centroid, as steps from the origin's centre.
        let third = Float(1) / 3
        let centre = (
          x: (d1.x + d2.x) * third - offset.x, y: (d1.y + d2.y) * third - offset.y
        )
        @inline(__always) func at(_ p: (Floats, Floats, Floats)) -> Floats {
          p.0 + p.1 * centre.x + p.2 * centre.y
        }
        let z = 1 / at(depth)
        let (cu, cv) = (at(u) * z, at(v) * z)
        let footprint = textureFootprint(
          ux: (u.1 - cu * depth.1) * z, uy: (u.2 - cu * depth.2) * z,
          vx: (v.1 - cv * depth.1) * z, vy: (v.2 - cv * depth.2) * z,
          request: request)
        store(footprint.level, planeWork, AttributePlanes.footprint)
        store(footprint.du, planeWork, AttributePlanes.footprint + 1)
        store(footprint.dv, planeWork, AttributePlanes.footprint + 2)
      }
      csimd_store_rows16(list.nextPlanes, planeWork, Int32(number))
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
}

/// Lanes whose triangles are slivers (`RasterConstants.sliverRatio`), from the sides at the first corner
/// and the doubled area; those whose area rounding has lost or turned are among them.
@inline(__always)
private func sliverLanes(
  _ d1: (x: Floats, y: Floats), _ d2: (x: Floats, y: Floats), _ area: Floats
) -> UInt32 {
  let (x, y) = (d2.x - d1.x, d2.y - d1.y)
  let limit = area * RasterConstants.sliverRatio
  let sliver =
    (d1.x * d1.x + d1.y * d1.y .> limit) .| (d2.x * d2.x + d2.y * d2.y .> limit)
    .| (x * x + y * y .> limit)
  return csimd_sign_bits(unsafeBitCast(sliver, to: Ints.self))
}

extension Mask16 {
  /// The lanes whose bit is set.
  fileprivate init(lanes: UInt32) {
    let bit = Ints(
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    let set = csimd_and_i32(bit, Ints(repeating: Int32(truncatingIfNeeded: lanes)))
    self = set .!= 0
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
  store(a, work, TriangleRecord.a + index)
  store(b, work, TriangleRecord.b + index)
  store(
    csimd_shift_right_i32(biased, Ints(repeating: RasterConstants.subpixelBits)), work,
    TriangleRecord.q + index)
}

@inline(__always)
private func store<T>(_ value: SIMD16<T>, _ work: UnsafeMutablePointer<Int32>, _ plane: Int) {
  UnsafeMutableRawPointer(work + 16 * plane).storeBytes(of: value, as: SIMD16<T>.self)
}
