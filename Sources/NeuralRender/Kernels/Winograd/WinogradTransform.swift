// The three matrices of a one-dimensional Winograd (Toom-Cook) correlation, from its points.

import CSIMD
import Compute

/// Matrices of F(outputs, taps): y = A ((G g) * (B d)) gives `outputs` values of the correlation of
/// d, outputs + taps - 1 values, with g, `taps` values.
///
/// Made in float64 from the interpolation points (the last is infinity): column j of A holds the
/// powers of point j, row j of G its powers over the product of differences to the other points, row
/// j of B the coefficients of the polynomial whose zeros are the other points. Source: S. Winograd,
/// "Arithmetic Complexity of Computations", 1980; A. Lavin, S. Gray, "Fast Algorithms for
/// Convolutional Neural Networks", 2016.
struct WinogradTransform {
  let outputs: Int
  let taps: Int
  let size: Int
  /// A, (outputs, size).
  let outputMatrix: [Double]
  /// G, (size, taps).
  let weightMatrix: [Double]
  /// B, (size, size).
  let inputMatrix: [Double]

  init(outputs: Int, taps: Int, points: [Double]) {
    let size = outputs + taps - 1
    precondition(points.count == size - 1)
    self.outputs = outputs
    self.taps = taps
    self.size = size
    var a = [Double](repeating: 0, count: outputs * size)
    var g = [Double](repeating: 0, count: size * taps)
    var b = [Double](repeating: 0, count: size * size)
    for (j, point) in points.enumerated() {
      let others = points.enumerated().filter { $0.offset != j }.map(\.element)
      let scale = others.reduce(1) { $0 * (point - $1) }
      var power = 1.0
      for i in 0..<max(outputs, taps) {
        if i < outputs { a[i * size + j] = power }
        if i < taps { g[j * taps + i] = power / scale }
        power *= point
      }
      for (i, value) in Self.coefficients(zeros: others).enumerated() { b[j * size + i] = value }
    }
    a[outputs * size - 1] = 1
    g[size * taps - 1] = 1
    for (i, value) in Self.coefficients(zeros: points).enumerated() {
      b[(size - 1) * size + i] = value
    }
    outputMatrix = a
    weightMatrix = g
    inputMatrix = b
  }

  /// F(4, 3): 36 products for 16 outputs of a 3 x 3 kernel instead of 144.
  static let fourByThree = WinogradTransform(outputs: 4, taps: 3, points: [0, 1, -1, 2, -2])

  /// F(4, 4), whose tiles overlap by as much as its kernels: a kernel of 8 x 8 is four of 4 x 4 that
  /// read neighbouring tiles of the same transformed input, 12.25 products an output. Of the point
  /// sets tried this one loses least (113 dB against float64; F(4, 3) 125 dB).
  static let fourByFour = WinogradTransform(
    outputs: 4, taps: 4, points: [0, 1, -1, 2, -2, 0.5])

  /// F(4, 2): 5 products for 4 outputs of 2 taps instead of 8.
  static let fourByTwo = WinogradTransform(outputs: 4, taps: 2, points: [0, 1, -1, 2])

  /// Coefficients of the product of (x - zero), lowest power first.
  private static func coefficients(zeros: [Double]) -> [Double] {
    var result = [1.0]
    for zero in zeros {
      var next = [Double](repeating: 0, count: result.count + 1)
      for (power, value) in result.enumerated() {
        next[power + 1] += value
        next[power] -= zero * value
      }
      result = next
    }
    return result
  }

  /// G w G^T of eight outputs' kernels of (rows, columns) taps, zero-padded to (taps, taps).
  ///
  /// - Parameters:
  ///   - weights: [row][column][width]; `rowStride` columns a row.
  ///   - half: scratch for (size, taps).
  ///   - targets: an address for each of (size, size) points, 0 where nothing is wanted; the result is
  ///     written `offset` floats behind it.
  @inline(never)
  func transform(
    _ weights: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int, width: Int,
    half: UnsafeMutablePointer<SIMD8<Double>>, _ targets: UnsafePointer<Int>, offset: Int
  ) {
    weightMatrix.withUnsafeBufferPointer { matrix in
      for i in 0..<size {
        for k in 0..<columns {
          var sum = SIMD8<Double>.zero
          for l in 0..<rows {
            let values = SIMD8<Float>(at: weights + (l &* rowStride &+ k) &* width)
            sum += csimd_widen_f32(values) * SIMD8(repeating: matrix[i &* self.taps &+ l])
          }
          half[i &* self.taps &+ k] = sum
        }
      }
      for i in 0..<size {
        for j in 0..<size {
          guard let target = UnsafeMutablePointer<Float>(bitPattern: targets[i &* size &+ j])
          else { continue }
          var sum = SIMD8<Double>.zero
          for k in 0..<columns {
            sum += half[i &* self.taps &+ k] * SIMD8(repeating: matrix[j &* self.taps &+ k])
          }
          csimd_narrow_f64(sum).store(to: target + offset)
        }
      }
    }
  }
}
