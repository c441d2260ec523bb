// The byte tile for few outputs: 24 neighbours of a row by 16 outputs.
//
// With a single vector of outputs a tile of pixels loads as much as it multiplies. Here the taps of a row
// of the kernel are taken together, so that a pixel that was loaded meets several of them.

import CSIMD
import Compute

/// Pixels of a row tile.
let rowTilePixels = 24

/// Sums of four neighbours and 16 outputs.
private struct Quad {
  var a = SIMD16<Int32>.zero
  var b = SIMD16<Int32>.zero
  var c = SIMD16<Int32>.zero
  var d = SIMD16<Int32>.zero

  /// Adds three taps; pixels lie `step` bytes apart.
  @inline(__always)
  mutating func add(_ start: Int, _ step: Int, _ taps: ThreeTaps) {
    let x0 = byteWord(start)
    let x1 = byteWord(start &+ step)
    let x2 = byteWord(start &+ 2 &* step)
    let x3 = byteWord(start &+ 3 &* step)
    let x4 = byteWord(start &+ 4 &* step)
    let x5 = byteWord(start &+ 5 &* step)
    a = taps.added(a, x0, x1, x2)
    b = taps.added(b, x1, x2, x3)
    c = taps.added(c, x2, x3, x4)
    d = taps.added(d, x3, x4, x5)
  }

  /// Adds a tap.
  @inline(__always)
  mutating func add(_ start: Int, _ step: Int, _ tap: SIMD16<Int32>) {
    a = csimd_dot4_u8s8(a, byteWord(start), tap)
    b = csimd_dot4_u8s8(b, byteWord(start &+ step), tap)
    c = csimd_dot4_u8s8(c, byteWord(start &+ 2 &* step), tap)
    d = csimd_dot4_u8s8(d, byteWord(start &+ 3 &* step), tap)
  }

  @inline(__always)
  func write(_ target: UnsafeMutablePointer<Float>, _ offset: SIMD16<Int32>) {
    store16(csimd_to_f32(a &- offset), target)
    store16(csimd_to_f32(b &- offset), target + 16)
    store16(csimd_to_f32(c &- offset), target + 32)
    store16(csimd_to_f32(d &- offset), target + 48)
  }
}

/// Weights of three neighbouring taps.
private struct ThreeTaps {
  let first: SIMD16<Int32>
  let second: SIMD16<Int32>
  let third: SIMD16<Int32>

  @inline(__always)
  init(_ weights: UnsafePointer<Int32>, _ distance: Int) {
    first = loadWords16(weights)
    second = loadWords16(weights + distance)
    third = loadWords16(weights + 2 &* distance)
  }

  @inline(__always)
  func added(
    _ sum: SIMD16<Int32>, _ x0: SIMD16<Int32>, _ x1: SIMD16<Int32>, _ x2: SIMD16<Int32>
  ) -> SIMD16<Int32> {
    csimd_dot4_u8s8(
      csimd_dot4_u8s8(csimd_dot4_u8s8(sum, x0, first), x1, second), x2, third)
  }
}

/// The rows of pixels that a row tile reads.
struct RowTileSource {
  /// Where the first tap of the first pixel lies, by row of taps.
  var rows: UnsafePointer<Int>
  /// Bytes between neighbours.
  var step: Int
}

/// The kernel of a row tile.
struct RowTileKernel {
  var height: Int
  /// At least 3.
  var width: Int
  /// Groups of four channels.
  var groups: Int
  /// [tap][group][16 outputs][4].
  var weights: UnsafePointer<Int32>
  var offsets: UnsafePointer<Int32>
}

/// Writes the sums of 24 pixels and 16 outputs to target[pixel][16].
@inline(never)
func multiplyRowTile(
  _ kernel: RowTileKernel, _ source: RowTileSource, target: UnsafeMutablePointer<Float>
) {
  var q0 = Quad()
  var q1 = Quad()
  var q2 = Quad()
  var q3 = Quad()
  var q4 = Quad()
  var q5 = Quad()
  let step = source.step
  let four = 4 &* step
  let distance = 16 &* kernel.groups
  var weights = kernel.weights
  // Loops that run at least once: otherwise sums are kept in memory, too, for the case that they do not.
  var ky = 0
  repeat {
    var start = source.rows[ky]
    var left = kernel.width
    repeat {
      var place = start
      let end = start &+ 4 &* kernel.groups
      repeat {
        let taps = ThreeTaps(weights, distance)
        q0.add(place, step, taps)
        q1.add(place &+ four, step, taps)
        q2.add(place &+ 2 &* four, step, taps)
        q3.add(place &+ 3 &* four, step, taps)
        q4.add(place &+ 4 &* four, step, taps)
        q5.add(place &+ 5 &* four, step, taps)
        weights += 16
        place = place &+ 4
      } while place != end
      weights += 2 &* distance
      start = start &+ 3 &* step
      left = left &- 3
    } while left >= 3
    for _ in 0..<left {
      for group in 0..<kernel.groups {
        let tap = loadWords16(weights)
        let place = start &+ 4 &* group
        q0.add(place, step, tap)
        q1.add(place &+ four, step, tap)
        q2.add(place &+ 2 &* four, step, tap)
        q3.add(place &+ 3 &* four, step, tap)
        q4.add(place &+ 4 &* four, step, tap)
        q5.add(place &+ 5 &* four, step, tap)
        weights += 16
      }
      start = start &+ step
    }
    ky = ky &+ 1
  } while ky < kernel.height
  let offset = loadWords16(kernel.offsets)
  q0.write(target, offset)
  q1.write(target + 64, offset)
  q2.write(target + 128, offset)
  q3.write(target + 192, offset)
  q4.write(target + 256, offset)
  q5.write(target + 320, offset)
}
