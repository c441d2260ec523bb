// Eight lanes, four, three and one, for pixels of few channels and for registers of eight floats.

import CSIMD
import Compute

extension SIMD8<Float>: FloatLanes {
  static var width: Int { 8 }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { self = vector.lowHalf }

  @inline(__always)
  var widened: SIMD16<Float> { SIMD16(lowHalf: self, highHalf: .zero) }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }

  @inline(__always)
  func plus(_ other: Self) -> Self { self + other }

  @inline(__always)
  func minus(_ other: Self) -> Self { self - other }

  @inline(__always)
  func times(_ other: Self) -> Self { self * other }

  @inline(__always)
  func times(_ factor: Self, plus sum: Self) -> Self { csimd_multiply_add8_f32(self, factor, sum) }

  @inline(__always)
  func larger(_ other: Self) -> Self { csimd_larger8_f32(self, other) }

  @inline(__always)
  var numbers: Self { Self.zero.replacing(with: self, where: self .== self) }

  @inline(__always)
  func keeping(_ count: Int, of other: Self) -> Self {
    widened.keeping(count, of: other.widened).lowHalf
  }
}

extension SIMD4<Float>: FloatLanes {
  static var width: Int { 4 }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { self = vector.lowHalf.lowHalf }

  @inline(__always)
  var widened: SIMD16<Float> {
    SIMD16(lowHalf: SIMD8(lowHalf: self, highHalf: .zero), highHalf: .zero)
  }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }

  @inline(__always)
  func plus(_ other: Self) -> Self { self + other }

  @inline(__always)
  func minus(_ other: Self) -> Self { self - other }

  @inline(__always)
  func times(_ other: Self) -> Self { self * other }

  @inline(__always)
  func times(_ factor: Self, plus sum: Self) -> Self { multiplyAdd(self, factor, sum) }

  @inline(__always)
  func larger(_ other: Self) -> Self { replacing(with: other, where: self .< other) }

  @inline(__always)
  var numbers: Self { Self.zero.replacing(with: self, where: self .== self) }

  @inline(__always)
  func keeping(_ count: Int, of other: Self) -> Self {
    widened.keeping(count, of: other.widened).lowHalf.lowHalf
  }
}

/// Three lanes: a pixel of three channels, whose fourth would be the next pixel's.
struct ThreeLanes: FloatLanes {
  static var width: Int { 3 }
  private var lanes: SIMD4<Float>

  @inline(__always)
  private init(_ lanes: SIMD4<Float>) { self.lanes = lanes }

  @inline(__always)
  init(repeating value: Float) { lanes = SIMD4(repeating: value) }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    let pair = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Float>.self)
    lanes = SIMD4(lowHalf: pair, highHalf: SIMD2(pointer[2], 0))
  }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { lanes = vector.lowHalf.lowHalf }

  @inline(__always)
  var widened: SIMD16<Float> { lanes.widened }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: lanes.lowHalf, as: SIMD2<Float>.self)
    pointer[2] = lanes[2]
  }

  @inline(__always)
  func plus(_ other: Self) -> Self { Self(lanes + other.lanes) }

  @inline(__always)
  func minus(_ other: Self) -> Self { Self(lanes - other.lanes) }

  @inline(__always)
  func times(_ other: Self) -> Self { Self(lanes * other.lanes) }

  @inline(__always)
  func times(_ factor: Self, plus sum: Self) -> Self {
    Self(multiplyAdd(lanes, factor.lanes, sum.lanes))
  }

  @inline(__always)
  func larger(_ other: Self) -> Self { Self(lanes.larger(other.lanes)) }

  @inline(__always)
  var numbers: Self { Self(lanes.numbers) }

  @inline(__always)
  func keeping(_ count: Int, of other: Self) -> Self { Self(lanes.keeping(count, of: other.lanes)) }
}

extension Float: FloatLanes {
  static var width: Int { 1 }

  @inline(__always)
  init(repeating value: Float) { self = value }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) { self = pointer[0] }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { self = vector[0] }

  @inline(__always)
  var widened: SIMD16<Float> { SIMD16(repeating: self) }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) { pointer[0] = self }

  @inline(__always)
  func plus(_ other: Float) -> Float { self + other }

  @inline(__always)
  func minus(_ other: Float) -> Float { self - other }

  @inline(__always)
  func times(_ other: Float) -> Float { self * other }

  @inline(__always)
  func times(_ factor: Float, plus sum: Float) -> Float {
    csimd_fuses_multiply_add() ? sum.addingProduct(self, factor) : self * factor + sum
  }

  @inline(__always)
  func larger(_ other: Float) -> Float { self < other ? other : self }

  @inline(__always)
  var numbers: Float { isNaN ? 0 : self }

  @inline(__always)
  func keeping(_ count: Int, of other: Float) -> Float { count > 0 ? other : self }
}
