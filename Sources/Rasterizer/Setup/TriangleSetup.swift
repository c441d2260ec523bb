import CSIMD
import Compute

/// Second stage: sets up the triangles from ..< to of an instance and appends the survivors in the
/// file's order.
///
/// Sixteen triangles at a time are tested, in order of price: the side that is culled and zero area,
/// off the screen, no sample centre in the bounding box. Those that are left are collected, so that
/// the expensive part (`CandidateTriangles.finish`) always works on sixteen of them. Triangles with a
/// corner outside (near plane, guard band) are clipped and large ones set up in 64 bits, both one at
/// a time, at their place in the order.
///
/// The list has room for a record of every triangle, and for `RasterConstants.recordsPerTriangle` of
/// every one with a corner outside (`clippedTriangles`).
///
/// - Parameter scratch: `setupScratchWords` words, 64-byte aligned.
func setUpTriangles(
  _ input: SetupInput, from: Int, to: Int, scratch: UnsafeMutablePointer<Int32>,
  into list: inout RecordList
) {
  let lanes = Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let rows = input.vertices.rows
  let corners = input.corners
  let stride = input.cornerStride
  let half = Ints(repeating: Int32(RasterConstants.subpixels / 2))
  let (lastColumn, lastRow) = (
    Ints(repeating: input.width - 1), Ints(repeating: input.height - 1)
  )
  var candidates = CandidateTriangles(planes: scratch)
  let work = scratch + CandidateTriangles.words
  var start = from
  while start < to {
    let c0 = corner(rows, corners + start, work)
    let c1 = corner(rows, corners + (stride &+ start), work + 64)
    let c2 = corner(rows, corners + (2 &* stride &+ start), work + 128)
    let ordinary = (c0.outside | c1.outside | c2.outside) .== 0
    let low = (x: minimum(c0.x, c1.x, c2.x), y: minimum(c0.y, c1.y, c2.y))
    let high = (x: maximum(c0.x, c1.x, c2.x), y: maximum(c0.y, c1.y, c2.y))
    let valid = (lanes &+ Int32(start)) .< Int32(to)
    let large =
      ((high.x &- low.x) .>= RasterConstants.smallExtent)
      .| ((high.y &- low.y) .>= RasterConstants.smallExtent)
    // Twice the area in sub-pixels; fits for small triangles only.
    let area = doubleArea(c0, c1, c2)
    // Seen from the front, a counter-clockwise triangle is clockwise with y down: negative area.
    let front = area .< 0
    var keep = area .!= 0
    switch input.cull {
    case .none: break
    case .back: keep = front
    case .front: keep = area .> 0
    }
    // First and last sample centre inside the bounding box, on the screen.
    let left = csimd_max_i32(samples(low.x &+ (half &- 1)), .zero)
    let top = csimd_max_i32(samples(low.y &+ (half &- 1)), .zero)
    let right = csimd_min_i32(samples(high.x &- half), lastColumn)
    let bottom = csimd_min_i32(samples(high.y &- half), lastRow)
    let boxed = (left .<= right) .& (top .<= bottom)
    let fast = bits(valid .& ordinary .& .!large .& keep .& boxed)
    // What needs the slow way: clipped ones, and large ones unless they are off the screen.
    var slow = bits(valid .& (.!ordinary .| (large .& boxed)))
    if fast | slow != 0 {
      var done: UInt32 = 0
      repeat {
        // Those before the next slow one.
        let next = slow == 0 ? 16 : slow.trailingZeroBitCount
        let before = ((1 &<< UInt32(next)) &- 1) & fast & ~done
        if before != 0 {
          candidates.append(
            before, c0, c1, c2, reversed: front, first: start, input: input, into: &list)
        }
        done = (1 &<< UInt32(next)) &- 1
        if slow == 0 { break }
        candidates.finish(input, into: &list)
        setUpSlowly(input, triangle: start + next, scratch: work + 3 * 64, into: &list)
        slow &= slow - 1
      } while (fast & ~done) | slow != 0
    }
    start += 16
  }
  candidates.finish(input, into: &list)
}

/// How many of the triangles from ..< to have a corner outside.
func clippedTriangles(_ input: SetupInput, from: Int, to: Int) -> Int {
  let stride = ProjectedVertices.stride
  let flags = input.vertices.rows + 3
  var count = 0
  for triangle in from..<to {
    @inline(__always) func flag(_ k: Int) -> Int32 {
      flags[stride &* Int(input.corners[k &* input.cornerStride &+ triangle])]
    }
    if flag(0) | flag(1) | flag(2) != 0 { count &+= 1 }
  }
  return count
}

/// Words of scratch that `setUpTriangles` needs.
let setupScratchWords = CandidateTriangles.words + 3 * 64 + clippingScratchWords

/// One corner of sixteen triangles, as `ProjectedVertices` has it.
typealias ScreenCorners = (
  x: SIMD16<Int32>, y: SIMD16<Int32>, inverseDepth: SIMD16<Int32>, outside: SIMD16<Int32>
)

@inline(__always)
private func corner(
  _ rows: UnsafePointer<Int32>, _ numbers: UnsafePointer<Int32>,
  _ work: UnsafeMutablePointer<Int32>
) -> ScreenCorners {
  csimd_gather_rows4(rows, numbers, work)
  @inline(__always) func load(_ plane: Int) -> Ints {
    UnsafeRawPointer(work + 16 &* plane).load(as: Ints.self)
  }
  return (load(0), load(1), load(2), load(3))
}

@inline(__always)
private func doubleArea(_ a: ScreenCorners, _ b: ScreenCorners, _ c: ScreenCorners) -> Ints {
  let right = (b.x &- a.x) &* (c.y &- a.y)
  return right &- (c.x &- a.x) &* (b.y &- a.y)
}

/// Sub-pixels to samples, rounded down.
@inline(__always)
private func samples(_ value: Ints) -> Ints {
  csimd_shift_right_i32(value, Ints(repeating: RasterConstants.subpixelBits))
}

@inline(__always)
private func bits(_ mask: SIMDMask<Ints>) -> UInt32 {
  csimd_sign_bits(unsafeBitCast(mask, to: Ints.self))
}

@inline(__always)
func minimum(_ a: SIMD16<Int32>, _ b: SIMD16<Int32>, _ c: SIMD16<Int32>) -> SIMD16<Int32> {
  csimd_min_i32(csimd_min_i32(a, b), c)
}

@inline(__always)
func maximum(_ a: SIMD16<Int32>, _ b: SIMD16<Int32>, _ c: SIMD16<Int32>) -> SIMD16<Int32> {
  csimd_max_i32(csimd_max_i32(a, b), c)
}
