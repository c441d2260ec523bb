// The vectors in which kernels take the channels of a pixel: as wide as fit in, the last one moved back
// over its neighbour, so that no lane ever lies outside the pixel.

import CSIMD
import Compute

/// Some floats side by side. Kernels are written once for all widths.
///
/// The functions are not operators, because those of the standard library's `SIMD` would be taken for
/// them, and in generic code they are loops over lanes.
protocol FloatLanes {
  static var width: Int { get }
  init(repeating value: Float)
  init(at pointer: UnsafePointer<Float>)
  /// The first lanes of a vector.
  init(firstOf vector: SIMD16<Float>)
  /// A vector that begins with the lanes.
  var widened: SIMD16<Float> { get }
  func store(to pointer: UnsafeMutablePointer<Float>)
  func plus(_ other: Self) -> Self
  func minus(_ other: Self) -> Self
  func times(_ other: Self) -> Self
  /// self * factor + sum.
  func times(_ factor: Self, plus sum: Self) -> Self
  /// `other` where it is larger, self elsewhere.
  func larger(_ other: Self) -> Self
  /// Self, and 0 where it is not a number.
  var numbers: Self { get }
  /// The first lanes of `other` and the rest of self.
  func keeping(_ count: Int, of other: Self) -> Self
}

extension FloatLanes {
  /// Calls `body` with the first channel of each vector of a pixel of at least `width` channels, and how
  /// many of its lanes belong to the vector before, too.
  @inline(__always)
  static func forEach(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void) {
    var channel = 0
    while channel < channels {
      let first = min(channel, channels &- width)
      body(first, channel &- first)
      channel &+= width
    }
  }
}

extension SIMD16<Float>: FloatLanes {
  static var width: Int { 16 }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) { self = load16(pointer) }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { self = vector }

  @inline(__always)
  var widened: SIMD16<Float> { self }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) { store16(self, pointer) }

  @inline(__always)
  func plus(_ other: Self) -> Self { self + other }

  @inline(__always)
  func minus(_ other: Self) -> Self { self - other }

  @inline(__always)
  func times(_ other: Self) -> Self { self * other }

  @inline(__always)
  func times(_ factor: Self, plus sum: Self) -> Self { multiplyAdd(self, factor, sum) }

  @inline(__always)
  func larger(_ other: Self) -> Self { csimd_larger_f32(self, other) }

  @inline(__always)
  var numbers: Self { Self.zero.replacing(with: self, where: self .== self) }

  @inline(__always)
  func keeping(_ count: Int, of other: Self) -> Self {
    csimd_join_f32(other, self, Int32(truncatingIfNeeded: count))
  }
}
