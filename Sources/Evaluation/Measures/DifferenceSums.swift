import Foundation

/// Sums of differences over the values of one channel or several.
struct DifferenceSums: Sendable {
  private(set) var squares = 0.0
  private(set) var magnitudes = 0.0
  private(set) var largest = 0.0
  /// Of values: pixels times channels.
  private(set) var count = 0.0

  init() {}

  /// - Parameter mask: which pixels count, 0 or 1; nil for all.
  init(_ x: Plane, _ y: Plane, mask: Plane?) {
    typealias Lanes = SIMD8<Double>
    for row in 0..<x.height {
      let (a, b, m) = (x.row(row), y.row(row), mask?.row(row))
      var (squares, magnitudes, largest, count) = (
        Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero
      )
      // Beyond the last pixel both planes are zero, and so is a mask.
      for start in stride(from: 0, to: x.width, by: 8) {
        var difference = lanes(a, start) - lanes(b, start)
        if let m {
          let weight = lanes(m, start)
          difference *= weight
          count += weight
        }
        let magnitude = larger(difference, -difference)
        squares += difference * difference
        magnitudes += magnitude
        largest = larger(largest, magnitude)
      }
      self.squares += squares.sum()
      self.magnitudes += magnitudes.sum()
      self.largest = max(self.largest, largest.max())
      self.count += m == nil ? Double(x.width) : count.sum()
    }
  }

  mutating func add(_ other: DifferenceSums) {
    squares += other.squares
    magnitudes += other.magnitudes
    largest = max(largest, other.largest)
    count += other.count
  }

  var meanSquare: Double { squares / count }

  /// nil for metrics that are none of differences, and where nothing counts.
  func value(of metric: Metric) -> Double? {
    guard count > 0 else { return nil }
    return switch metric {
    case .mse: meanSquare
    case .l1: magnitudes / count
    // To whole numbers where bytes are compared: bounds are whole numbers too.
    case .maximumDifference: (largest * 255 * 0x1p20).rounded() * 0x1p-20
    case .psnr: -10 * log10(meanSquare)
    case .psnrPIQ: -10 * log10(meanSquare + 1e-8)
    default: nil
    }
  }
}

@inline(__always)
private func lanes(_ source: UnsafePointer<Double>, _ start: Int) -> SIMD8<Double> {
  UnsafeRawPointer(source + start).loadUnaligned(as: SIMD8<Double>.self)
}

/// The larger of each two lanes; the standard library's is a call per lane.
@inline(__always)
private func larger(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> {
  var result = a
  for lane in 0..<8 { result[lane] = a[lane] > b[lane] ? a[lane] : b[lane] }
  return result
}
