import Compute

/// A projected corner of a triangle that is set up in 64 bits.
struct ScreenCorner {
  /// Sub-pixels, inside the guard band.
  var position: SIMD2<Int64>
  /// 1 / metres.
  var inverseDepth: Float
  var attributes: SIMD4<Float>
  /// Texture coordinates of the cut-out, if the instance has one.
  var coordinates: SIMD2<Float>

  var x: Int64 { position.x }
  var y: Int64 { position.y }
}

/// Appends one triangle of any extent as a record, unless it is culled, empty or off the screen: what
/// `CandidateTriangles` does for sixteen small ones.
func appendWideRecord(
  _ input: SetupInput, triangle: Int, _ first: ScreenCorner, _ second: ScreenCorner,
  _ third: ScreenCorner, into list: inout RecordList
) {
  // At most 2^47: coordinates lie within 2^22 of the picture's middle.
  let doubleArea =
    (second.x - first.x) * (third.y - first.y) - (third.x - first.x) * (second.y - first.y)
  let front = doubleArea < 0
  if doubleArea == 0 || (input.cull == .back && !front) || (input.cull == .front && front) {
    return
  }
  var (c0, c1, c2) = front ? (first, third, second) : (first, second, third)
  let bitsCount = Int64(RasterConstants.subpixelBits)
  let half = Int64(RasterConstants.subpixels) / 2
  let left = max((min(c0.x, c1.x, c2.x) + half - 1) >> bitsCount, 0)
  let top = max((min(c0.y, c1.y, c2.y) + half - 1) >> bitsCount, 0)
  let right = min((max(c0.x, c1.x, c2.x) - half) >> bitsCount, Int64(input.width) - 1)
  let bottom = min((max(c0.y, c1.y, c2.y) - half) >> bitsCount, Int64(input.height) - 1)
  if left > right || top > bottom { return }
  let isSliver = rotateIfSliver(&c0, &c1, &c2, doubleArea: abs(doubleArea))
  let record = list.next
  record[TriangleRecord.origin] = Int32(truncatingIfNeeded: left | top << 16)
  record[TriangleRecord.end] = Int32(truncatingIfNeeded: right | bottom << 16)
  record[TriangleRecord.id] = input.firstID &+ Int32(truncatingIfNeeded: triangle)
  let originX = left << bitsCount + half
  let originY = top << bitsCount + half
  let wide = list.wide + 3 * list.count
  @inline(__always) func edge(_ index: Int, _ from: ScreenCorner, _ to: ScreenCorner) {
    let a = from.y - to.y
    let b = to.x - from.x
    let topLeft = a > 0 || (a == 0 && b > 0)
    let c = a * (originX - from.x) + b * (originY - from.y) - (topLeft ? 0 : 1)
    record[TriangleRecord.a + index] = Int32(truncatingIfNeeded: a)
    record[TriangleRecord.b + index] = Int32(truncatingIfNeeded: b)
    wide[index] = c >> bitsCount
  }
  edge(0, c0, c1)
  edge(1, c1, c2)
  edge(2, c2, c0)
  record[TriangleRecord.part] = input.partWord | TriangleRecord.wideBit
  let planes = WidePlanes(c0, c1, c2, isSliver: isSliver, origin: SIMD2(originX, originY))
  planes.store(input, record: record, attributes: list.nextPlanes, cutOut: list.nextCutOut)
  list.count += 1
}

/// Whether a triangle is a sliver (`RasterConstants.sliverRatio`); if so its corners are rotated until
/// its longest side is the first.
private func rotateIfSliver(
  _ c0: inout ScreenCorner, _ c1: inout ScreenCorner, _ c2: inout ScreenCorner, doubleArea: Int64
) -> Bool {
  func square(_ a: ScreenCorner, _ b: ScreenCorner) -> Int64 {
    (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)
  }
  let sides = (square(c0, c1), square(c1, c2), square(c2, c0))
  let longest = max(sides.0, sides.1, sides.2)
  guard longest > doubleArea << Int64(RasterConstants.sliverRatioBits) else { return false }
  if longest == sides.1 {
    (c0, c1, c2) = (c1, c2, c0)
  } else if longest == sides.2 {
    (c0, c1, c2) = (c2, c0, c1)
  }
  return true
}
