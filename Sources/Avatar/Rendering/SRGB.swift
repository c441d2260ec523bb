import CSIMD
import Compute
import Foundation

/// Conversion between sRGB bytes and linear light (IEC 61966-2-1), as tables.
public enum SRGB {
  /// Linear light of an sRGB value in 0 ... 1.
  public static func linear(_ value: Float) -> Float {
    value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  /// sRGB value of linear light in 0 ... 1.
  public static func encoded(_ value: Float) -> Float {
    value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
  }

  /// Entries of `encodingTable`: sixteen for each byte on average, so that a byte is off by one only
  /// within 1/32 of a rounding edge.
  package static let encodingSize = 4096

  /// sRGB bytes of linear light x, at round(sqrt(x) * 4095): the root spreads the dark end.
  package static let encodingTable: [Int32] = (0..<encodingSize).map { index in
    let root = Float(index) / Float(encodingSize - 1)
    return Int32(saturating: encoded(root * root) * 255)
  }
}

/// Bytes of sixteen values of linear light; values outside 0 ... 1 are clamped, what is not a number is 0.
///
/// table: `SRGB.encodingTable`.
@inline(__always)
func encodeSRGB(_ value: SIMD16<Float>, _ table: UnsafePointer<Int32>) -> SIMD16<Int32> {
  let root = csimd_sqrt_f32(value.clamped(lowerBound: .zero, upperBound: .one))
  // What is not a number stays so until here and becomes the least integer.
  let index = csimd_max_i32(csimd_round_i32(root * Float(SRGB.encodingSize - 1)), .zero)
  return csimd_gather_i32(table, index)
}
