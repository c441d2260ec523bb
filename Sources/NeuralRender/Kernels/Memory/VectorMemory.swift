// Sixteen floats from and to memory, at any alignment.

import CSIMD

@inline(__always)
func load16(_ pointer: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
}

@inline(__always)
func store16(_ value: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD16<Float>.self)
}

/// The first `count` floats, sixteen at most, and zeros behind them; nothing behind them is read.
@inline(__always)
func loadFirst16(_ pointer: UnsafePointer<Float>, _ count: Int) -> SIMD16<Float> {
  count >= 16 ? load16(pointer) : csimd_load_first_f32(pointer, Int32(truncatingIfNeeded: count))
}

/// Stores the first `count` floats, sixteen at most.
@inline(__always)
func storeFirst16(_ value: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  if count >= 16 {
    store16(value, target)
  } else {
    csimd_store_first_f32(target, value, Int32(truncatingIfNeeded: count))
  }
}

@inline(__always)
func loadWords16(_ pointer: UnsafePointer<Int32>) -> SIMD16<Int32> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Int32>.self)
}

/// Asks for the cache lines of some bytes.
@inline(__always)
func prefetch(_ address: Int, _ bytes: Int) {
  for offset in Swift.stride(from: 0, to: bytes, by: 64) {
    if let line = UnsafeRawPointer(bitPattern: address + offset) { csimd_prefetch(line) }
  }
}

/// Bytes ahead of what is read for what comes from memory without a pattern that the processor foresees: several
/// rows at once, pixel by pixel. So far that it is there in time; a row's end runs into the next row.
let prefetchDistance = 4096

/// A worker's scratch, handed out piece by piece. Each piece is bound to what it holds, so that no
/// memory is ever looked at through pointers of two types.
struct ScratchPieces {
  private var next: UnsafeMutableRawPointer

  @inline(__always)
  init(_ memory: UnsafeMutableRawPointer) { next = memory }

  /// The next `count` elements; pieces are taken in the order of their alignments or padded to it.
  @inline(__always)
  mutating func take<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int
  ) -> UnsafeMutablePointer<Element> {
    let piece = next.bindMemory(to: Element.self, capacity: count)
    next += count * MemoryLayout<Element>.stride
    return piece
  }
}
