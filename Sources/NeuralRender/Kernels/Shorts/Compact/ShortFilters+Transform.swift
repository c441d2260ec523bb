// The transform of rounded filters.

import CSIMD
import Compute

extension ShortFilters {
  /// Writes the transforms of a stretch of a pair of blocks: [point][pair of channels][32], sixteen where the pair
  /// has one block.
  func transform(_ pair: Int, _ stretch: Int, into panels: UnsafeMutablePointer<Int32>) {
    let blocks = blocks(pair)
    var source = UnsafePointer(values.pointer + first(pair, stretch))
    var target = panels
    for _ in 0..<ShortRows.words(width(stretch)) {
      for block in 0..<blocks {
        let filter = source + 16 &* block
        let a = ShortColumn(filter, 16 &* blocks)
        let b = ShortColumn(filter + 16 &* blocks, 16 &* blocks)
        let c = ShortColumn(filter + 32 &* blocks, 16 &* blocks)
        let place = target + 16 &* block
        Self.writeRow(a.u0, b.u0, c.u0, place)
        Self.writeRow(a.u1, b.u1, c.u1, place + 4 &* Self.pointStride)
        Self.writeRow(a.u2, b.u2, c.u2, place + 8 &* Self.pointStride)
        Self.writeRow(a.u3, b.u3, c.u3, place + 12 &* Self.pointStride)
        Self.writeRow(a.u4, b.u4, c.u4, place + 16 &* Self.pointStride)
        Self.writeRow(a.u5, b.u5, c.u5, place + 20 &* Self.pointStride)
      }
      source += Self.tapWords &* blocks
      target += 16 &* blocks
    }
  }

  @inline(__always)
  private static func writeRow(
    _ a: SIMD32<Int16>, _ b: SIMD32<Int16>, _ c: SIMD32<Int16>,
    _ target: UnsafeMutablePointer<Int32>
  ) {
    let even = a &+ c
    store(a, target)
    store(even &+ b, target + pointStride)
    store(even &- b, target + 2 &* pointStride)
    store(c, target + 3 &* pointStride)
  }

  @inline(__always)
  private static func store(_ value: SIMD32<Int16>, _ target: UnsafeMutablePointer<Int32>) {
    UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD32<Int16>.self)
  }
}

/// A column of pairs of filters, transformed.
private struct ShortColumn {
  let u0: SIMD32<Int16>
  let u1: SIMD32<Int16>
  let u2: SIMD32<Int16>
  let u3: SIMD32<Int16>
  let u4: SIMD32<Int16>
  let u5: SIMD32<Int16>

  /// - Parameter step: words between taps.
  @inline(__always)
  init(_ taps: UnsafePointer<Int32>, _ step: Int) {
    let raw = UnsafeRawPointer(taps)
    u0 = raw.loadUnaligned(as: SIMD32<Int16>.self)
    let middle = (raw + 12 &* step).loadUnaligned(as: SIMD32<Int16>.self)
    u5 = (raw + 24 &* step).loadUnaligned(as: SIMD32<Int16>.self)
    let even = u0 &+ u5
    u1 = even &+ middle
    u2 = even &- middle
    let double = u5 &+ u5
    let (far, odd) = (u0 &+ (double &+ double), middle &+ middle)
    u3 = far &+ odd
    u4 = far &- odd
  }
}
