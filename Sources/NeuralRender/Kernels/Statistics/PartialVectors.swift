// The first few of sixteen floats from and to memory. Without masks, `loadFirst16` and `storeFirst16` go
// lane by lane through memory; these go by fours.

import CSIMD

/// The first `count` floats, fewer than sixteen, and `fill` behind them; nothing behind them is read.
@inline(__always)
func loadFew16(
  _ pointer: UnsafePointer<Float>, _ count: Int, fill: Float = 0
) -> SIMD16<Float> {
  if csimd_vector_bytes() == 64 {
    let value = csimd_load_first_f32(pointer, Int32(truncatingIfNeeded: count))
    let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    return value.replacing(
      with: fill, where: lanes .>= SIMD16(repeating: Int32(truncatingIfNeeded: count)))
  }
  let rest = count & 3
  let last = pointer + (count & ~3)
  let none = SIMD4<Float>(repeating: fill)
  var tail = none
  if rest > 0 { tail.x = last[0] }
  if rest > 1 { tail.y = last[1] }
  if rest > 2 { tail.z = last[2] }
  @inline(__always)
  func four(_ index: Int) -> SIMD4<Float> {
    UnsafeRawPointer(pointer + 4 &* index).loadUnaligned(as: SIMD4<Float>.self)
  }
  @inline(__always)
  func joined(
    _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
  ) -> SIMD16<Float> {
    SIMD16(lowHalf: SIMD8(lowHalf: a, highHalf: b), highHalf: SIMD8(lowHalf: c, highHalf: d))
  }
  switch count >> 2 {
  case 0: return joined(tail, none, none, none)
  case 1: return joined(four(0), tail, none, none)
  case 2: return joined(four(0), four(1), tail, none)
  default: return joined(four(0), four(1), four(2), tail)
  }
}

/// Stores the first `count` floats, fewer than sixteen.
@inline(__always)
func storeFew16(_ value: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  if csimd_vector_bytes() == 64 {
    return csimd_store_first_f32(target, value, Int32(truncatingIfNeeded: count))
  }
  @inline(__always)
  func store(_ four: SIMD4<Float>, _ index: Int) {
    UnsafeMutableRawPointer(target + 4 &* index).storeBytes(of: four, as: SIMD4<Float>.self)
  }
  let (low, high) = (value.lowHalf, value.highHalf)
  let tail: SIMD4<Float>
  switch count >> 2 {
  case 0: tail = low.lowHalf
  case 1:
    store(low.lowHalf, 0)
    tail = low.highHalf
  case 2:
    store(low.lowHalf, 0)
    store(low.highHalf, 1)
    tail = high.lowHalf
  default:
    store(low.lowHalf, 0)
    store(low.highHalf, 1)
    store(high.lowHalf, 2)
    tail = high.highHalf
  }
  let rest = count & 3
  let last = target + (count & ~3)
  if rest > 0 { last[0] = tail.x }
  if rest > 1 { last[1] = tail.y }
  if rest > 2 { last[2] = tail.z }
}
