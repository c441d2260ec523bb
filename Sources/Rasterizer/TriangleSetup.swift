import CSIMD
import Compute

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// Second stage: sets up the triangles from ..< to of an instance, sixteen at a time, and appends
/// the survivors in the file's order.
///
/// Rejected, in order of price: the side that is culled and zero area, off the screen, no sample
/// centre in the bounding box. Triangles with a corner outside (near plane, guard band) are clipped
/// and large ones set up in 64 bits, both one at a time, at their place in the order.
func setUpTriangles(
  _ input: SetupInput, from: Int, to: Int, scratch: UnsafeMutablePointer<Int32>,
  into list: inout RecordList
) {
  let lanes = Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let v = input.vertices
  for start in stride(from: from, to: to, by: 16) {
    let i0 = UnsafeRawPointer(input.corners + start).loadUnaligned(as: Ints.self)
    var i1 = UnsafeRawPointer(input.corners + input.cornerStride + start)
      .loadUnaligned(as: Ints.self)
    var i2 = UnsafeRawPointer(input.corners + 2 * input.cornerStride + start)
      .loadUnaligned(as: Ints.self)
    let outside =
      csimd_gather_i32(v.outside, i0) | csimd_gather_i32(v.outside, i1)
      | csimd_gather_i32(v.outside, i2)
    let x0 = csimd_gather_i32(v.x, i0)
    let y0 = csimd_gather_i32(v.y, i0)
    var x1 = csimd_gather_i32(v.x, i1)
    var y1 = csimd_gather_i32(v.y, i1)
    var x2 = csimd_gather_i32(v.x, i2)
    var y2 = csimd_gather_i32(v.y, i2)

    let low = (x: minimum(x0, x1, x2), y: minimum(y0, y1, y2))
    let high = (x: maximum(x0, x1, x2), y: maximum(y0, y1, y2))
    let valid = (lanes &+ Int32(start)) .< Int32(to)
    let ordinary = outside .== 0
    let large =
      ((high.x &- low.x) .>= RasterConstants.smallExtent)
      .| ((high.y &- low.y) .>= RasterConstants.smallExtent)
    // Twice the area in sub-pixels; fits for small triangles only.
    let area = (x1 &- x0) &* (y2 &- y0) &- (x2 &- x0) &* (y1 &- y0)
    // Seen from the front, a counter-clockwise triangle is clockwise with y down: negative area.
    let front = area .< 0
    var keep = area .!= 0
    switch input.cull {
    case .none: break
    case .back: keep = front
    case .front: keep = area .> 0
    }
    // First and last sample centre inside the bounding box, on the screen.
    let half = Int32(RasterConstants.subpixels / 2)
    let left = maximum((low.x &+ (half - 1)) &>> RasterConstants.subpixelBits, Ints.zero)
    let top = maximum((low.y &+ (half - 1)) &>> RasterConstants.subpixelBits, Ints.zero)
    let right = minimum(
      (high.x &- half) &>> RasterConstants.subpixelBits, Ints(repeating: input.width - 1))
    let bottom = minimum(
      (high.y &- half) &>> RasterConstants.subpixelBits, Ints(repeating: input.height - 1))
    let boxed = (left .<= right) .& (top .<= bottom)
    let fast = bits(valid .& ordinary .& .!large .& keep .& boxed)
    // What needs the slow way: clipped ones, and large ones unless they are off the screen.
    let slow = bits(valid .& (.!ordinary .| (large .& boxed)))
    if fast | slow == 0 { continue }

    if fast != 0 {
      // Order the corners for a positive area.
      swap(&x1, &x2, where: front)
      swap(&y1, &y2, where: front)
      swap(&i1, &i2, where: front)
      let originX = left &<< RasterConstants.subpixelBits &+ half
      let originY = top &<< RasterConstants.subpixelBits &+ half
      store(left | top &<< 16, scratch, 0)
      store(right | bottom &<< 16, scratch, 1)
      edge(x0, y0, x1, y1, originX, originY, scratch, 0)
      edge(x1, y1, x2, y2, originX, originY, scratch, 1)
      edge(x2, y2, x0, y0, originX, originY, scratch, 2)
      store(lanes &+ (input.firstID + Int32(start)), scratch, TriangleRecord.id)

      let unit = 1 / RasterConstants.subpixels
      let d1 = (x: csimd_to_f32(x1 &- x0) * unit, y: csimd_to_f32(y1 &- y0) * unit)
      let d2 = (x: csimd_to_f32(x2 &- x0) * unit, y: csimd_to_f32(y2 &- y0) * unit)
      let inverseArea = 1 / (d1.x * d2.y - d2.x * d1.y)
      let offset = (
        x: csimd_to_f32(originX &- x0) * unit, y: csimd_to_f32(originY &- y0) * unit
      )
      // A value that is linear on the screen, from its values at the corners.
      @inline(__always)
      func plane(_ a0: Floats, _ a1: Floats, _ a2: Floats) -> (Floats, Floats, Floats) {
        let (s1, s2) = (a1 - a0, a2 - a0)
        let dx = (s1 * d2.y - s2 * d1.y) * inverseArea
        let dy = (s2 * d1.x - s1 * d2.x) * inverseArea
        return (a0 + dx * offset.x + dy * offset.y, dx, dy)
      }
      let z0 = csimd_gather_f32(v.inverseDepth, i0)
      let z1 = csimd_gather_f32(v.inverseDepth, i1)
      let z2 = csimd_gather_f32(v.inverseDepth, i2)
      let depth = plane(z0, z1, z2)
      store(depth.0, scratch, TriangleRecord.depth)
      store(depth.1, scratch, TriangleRecord.depth + 1)
      store(depth.2, scratch, TriangleRecord.depth + 2)
      if input.attributeCount > 0 {
        var (t0, t1, t2) = (Ints.zero, Ints.zero, Ints.zero)
        if let uvCorners = input.uvCorners {
          let s = input.uvCornerStride
          t0 = UnsafeRawPointer(uvCorners + start).loadUnaligned(as: Ints.self)
          t1 = UnsafeRawPointer(uvCorners + s + start).loadUnaligned(as: Ints.self)
          t2 = UnsafeRawPointer(uvCorners + 2 * s + start).loadUnaligned(as: Ints.self)
          swap(&t1, &t2, where: front)
        }
        var (u, v) = (depth, depth)
        for index in 0..<input.attributeCount {
          guard let attribute = input.attribute(index) else { continue }
          let texture = attribute.indexing == .texture
          let values = attribute.values
          let over = plane(
            csimd_gather_f32(values, texture ? t0 : i0) * z0,
            csimd_gather_f32(values, texture ? t1 : i1) * z1,
            csimd_gather_f32(values, texture ? t2 : i2) * z2)
          store(over.0, scratch, TriangleRecord.stride + 3 * index)
          store(over.1, scratch, TriangleRecord.stride + 3 * index + 1)
          store(over.2, scratch, TriangleRecord.stride + 3 * index + 2)
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
          store(footprint.level, scratch, footprintWord)
          store(footprint.du, scratch, footprintWord + 1)
          store(footprint.dv, scratch, footprintWord + 2)
        }
      }
    }

    var rest = fast | slow
    while rest != 0 {
      let lane = rest.trailingZeroBitCount
      rest &= rest - 1
      if slow >> UInt32(lane) & 1 != 0 {
        setUpSlowly(input, triangle: start + lane, into: &list)
        continue
      }
      let record = list.next
      for word in 0..<15 { record[word] = scratch[16 * word + lane] }
      record[TriangleRecord.wide] = 0
      let attributes = UnsafeMutableRawPointer(list.nextAttributes)
        .assumingMemoryBound(to: Int32.self)
      for word in 0..<3 * input.attributeCount {
        attributes[word] = scratch[16 * (TriangleRecord.stride + word) + lane]
      }
      if let footprints = list.footprints {
        let target = UnsafeMutableRawPointer(footprints + 3 * list.count)
          .assumingMemoryBound(to: Int32.self)
        for word in 0..<3 { target[word] = scratch[16 * (footprintWord + word) + lane] }
      }
      list.count += 1
    }
  }
}

/// Where the footprint lies in the scratch, in words of sixteen lanes.
private let footprintWord = TriangleRecord.stride + 3 * 4

/// Words of scratch that `setUpTriangles` needs.
let setupScratchWords = 16 * (TriangleRecord.stride + 3 * 4 + 3)

/// Edge from a to b: its A, B and its q at the origin.
@inline(__always)
private func edge(
  _ ax: Ints, _ ay: Ints, _ bx: Ints, _ by: Ints, _ originX: Ints, _ originY: Ints,
  _ scratch: UnsafeMutablePointer<Int32>, _ index: Int
) {
  let a = ay &- by
  let b = bx &- ax
  // Top edges run to the right, left edges run upwards (y down, positive area).
  let topLeft = (a .> 0) .| ((a .== 0) .& (b .> 0))
  let c = a &* (originX &- ax) &+ b &* (originY &- ay)
  let biased = c &- Ints(repeating: 1).replacing(with: 0, where: topLeft)
  store(a, scratch, TriangleRecord.a + index)
  store(b, scratch, TriangleRecord.b + index)
  store(biased &>> RasterConstants.subpixelBits, scratch, TriangleRecord.q + index)
}

@inline(__always)
private func store<T>(_ value: SIMD16<T>, _ scratch: UnsafeMutablePointer<Int32>, _ word: Int) {
  UnsafeMutableRawPointer(scratch + 16 * word).storeBytes(of: value, as: SIMD16<T>.self)
}

@inline(__always)
private func bits(_ mask: SIMDMask<Ints>) -> UInt32 {
  csimd_sign_bits(unsafeBitCast(mask, to: Ints.self))
}

@inline(__always)
private func swap(_ a: inout Ints, _ b: inout Ints, where mask: SIMDMask<Ints>) {
  let old = a
  a.replace(with: b, where: mask)
  b.replace(with: old, where: mask)
}

@inline(__always)
private func minimum(_ a: Ints, _ b: Ints) -> Ints { a.replacing(with: b, where: b .< a) }
@inline(__always)
private func maximum(_ a: Ints, _ b: Ints) -> Ints { a.replacing(with: b, where: b .> a) }
@inline(__always)
private func minimum(_ a: Ints, _ b: Ints, _ c: Ints) -> Ints { minimum(minimum(a, b), c) }
@inline(__always)
private func maximum(_ a: Ints, _ b: Ints, _ c: Ints) -> Ints { maximum(maximum(a, b), c) }
