import Compute
import Foundation

/// Colours as eyes compare them: CIE L*a*b* (1976) of sRGB, white D65.
enum PerceptualColor {
  /// Linear light of sRGB bytes.
  static let linear: [Float] = (0..<256).map { byte in
    let s = Float(byte) / 255
    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4)
  }

  /// - Parameter color: sRGB of 0 to 255.
  /// - Returns: L of 0 to 100, a, b.
  static func lab(_ color: SIMD4<Float>) -> SIMD3<Float> {
    let (r, g, b) = linear.withUnsafeBufferPointer { table in
      (
        table[Int(UInt8(saturating: color.x))], table[Int(UInt8(saturating: color.y))],
        table[Int(UInt8(saturating: color.z))]
      )
    }
    func f(_ t: Float) -> Float { t > 0.008856 ? cbrt(t) : 7.787 * t + 16 / 116 }
    let x = f((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.950456)
    let y = f(0.212671 * r + 0.715160 * g + 0.072169 * b)
    let z = f((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754)
    return SIMD3(116 * y - 16, 500 * (x - y), 200 * (y - z))
  }

  /// Distance of L*a*b* colours of things, on which shadows fall: lightness counts half.
  static func difference(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    ((a - b) * SIMD3(0.5, 1, 1)).length
  }

  /// The middle of each channel; nil for less than `least` colours.
  static func median(_ colors: [SIMD4<Float>], atLeast least: Int = 20) -> SIMD4<Float>? {
    guard colors.count >= max(least, 1) else { return nil }
    var result = SIMD4<Float>(0, 0, 0, 1)
    for k in 0..<3 { result[k] = colors.map { $0[k] }.sorted()[colors.count / 2] }
    return result
  }
}
