// The byte tile for twelve neighbours of a row and 32 outputs: their addresses follow from the first, which
// leaves registers free that a table of pointers takes.

import CSIMD
import Compute

/// Sums of four neighbours and 32 outputs.
private struct WideQuad {
  var a0 = SIMD16<Int32>.zero
  var a1 = SIMD16<Int32>.zero
  var b0 = SIMD16<Int32>.zero
  var b1 = SIMD16<Int32>.zero
  var c0 = SIMD16<Int32>.zero
  var c1 = SIMD16<Int32>.zero
  var d0 = SIMD16<Int32>.zero
  var d1 = SIMD16<Int32>.zero

  /// Pixels lie `step` bytes apart.
  @inline(__always)
  mutating func add(_ start: Int, _ step: Int, _ w0: SIMD16<Int32>, _ w1: SIMD16<Int32>) {
    let a = byteWord(start)
    a0 = csimd_dot4_u8s8(a0, a, w0)
    a1 = csimd_dot4_u8s8(a1, a, w1)
    let b = byteWord(start &+ step)
    b0 = csimd_dot4_u8s8(b0, b, w0)
    b1 = csimd_dot4_u8s8(b1, b, w1)
    let c = byteWord(start &+ 2 &* step)
    c0 = csimd_dot4_u8s8(c0, c, w0)
    c1 = csimd_dot4_u8s8(c1, c, w1)
    let d = byteWord(start &+ 3 &* step)
    d0 = csimd_dot4_u8s8(d0, d, w0)
    d1 = csimd_dot4_u8s8(d1, d, w1)
  }

  @inline(__always)
  func write(
    _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ o0: SIMD16<Int32>,
    _ o1: SIMD16<Int32>
  ) {
    store16(csimd_to_f32(a0 &- o0), target)
    store16(csimd_to_f32(a1 &- o1), target + 16)
    store16(csimd_to_f32(b0 &- o0), target + stride)
    store16(csimd_to_f32(b1 &- o1), target + stride + 16)
    store16(csimd_to_f32(c0 &- o0), target + 2 * stride)
    store16(csimd_to_f32(c1 &- o1), target + 2 * stride + 16)
    store16(csimd_to_f32(d0 &- o0), target + 3 * stride)
    store16(csimd_to_f32(d1 &- o1), target + 3 * stride + 16)
  }
}

/// Four channels of a pixel in every lane.
@inline(__always)
func byteWord(_ address: Int) -> SIMD16<Int32> {
  SIMD16(repeating: UnsafePointer<Int32>(bitPattern: address).unsafelyUnwrapped.pointee)
}

/// A stretch of channels that a run tile is summed over.
struct RunSegment: BitwiseCopyable {
  /// The first of the twelve pixels, and bytes between them.
  var start: Int
  var step: Int
  /// Groups of four channels.
  var groups: Int

  @inline(__always)
  init(start: Int, step: Int, groups: Int) {
    self.start = start
    self.step = step
    self.groups = groups
  }

  /// From pixel (y, x) on.
  @inline(__always)
  init(_ source: PixelSource, _ y: Int, _ x: Int, groups: Int) {
    self.init(start: source.address(y, x), step: source.pixelBytes, groups: groups)
  }
}

/// Writes the sums of twelve neighbours and a block of 32 outputs to target[pixel * stride].
///
/// - Parameters:
///   - segments: at least one, of at least one group each.
///   - weights: [segment][group][32 outputs][4].
@inline(never)
func multiplyRunTile(
  _ segments: UnsafePointer<RunSegment>, count: Int, weights: UnsafeRawPointer,
  offsets: UnsafePointer<Int32>, target: UnsafeMutablePointer<Float>, stride: Int
) {
  var q0 = WideQuad()
  var q1 = WideQuad()
  var q2 = WideQuad()
  var weights = weights.assumingMemoryBound(to: Int32.self)
  // Loops that run at least once: otherwise sums are kept in memory, too, for the case that they do not.
  var index = 0
  repeat {
    let segment = segments[index]
    let step = segment.step
    var first = segment.start
    var second = first &+ 4 &* step
    var third = second &+ 4 &* step
    let end = weights + 32 &* segment.groups
    repeat {
      let w0 = loadWords16(weights)
      let w1 = loadWords16(weights + 16)
      q0.add(first, step, w0, w1)
      q1.add(second, step, w0, w1)
      q2.add(third, step, w0, w1)
      first = first &+ 4
      second = second &+ 4
      third = third &+ 4
      weights += 32
    } while weights != end
    index = index &+ 1
  } while index < count
  let (o0, o1) = (loadWords16(offsets), loadWords16(offsets + 16))
  q0.write(target, stride, o0, o1)
  q1.write(target + 4 * stride, stride, o0, o1)
  q2.write(target + 8 * stride, stride, o0, o1)
}
