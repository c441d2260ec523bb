import Compute
import Foundation

/// Strands: noise that is long from the crown outwards and short across.
struct HairNoise: Sendable {
  private let fine: [Float]
  private let coarse: [Float]
  private static let rows = 64
  private static let fineColumns = 512
  private static let coarseColumns = 192

  init() {
    func table(_ count: Int, _ index: UInt64) -> [Float] {
      let random = PhiloxRandom(seed: 0, use: "strands of hair", index: index)
      return (0..<UInt64(count)).map { random.normal(at: $0) }
    }
    fine = table(Self.rows * Self.fineColumns, 0)
    coarse = table(Self.rows * Self.coarseColumns, 1)
  }

  /// - Parameter direction: from the middle of the head to a place on it.
  /// - Returns: about -2 to 2.
  func value(_ direction: SIMD3<Float>) -> Float {
    let unit = direction.normalized
    let around = arcTangent(unit.x, unit.z)
    let down = acos(unit.y.limited(to: -1...1))
    // Locks wave a little.
    let wave = 1.6 * sin(down * 9 + around * 3)
    let turn = (around + .pi) / (2 * .pi)
    let first = sample(fine, Self.fineColumns, turn * Float(Self.fineColumns) + wave, down * 9)
    let second = sample(
      coarse, Self.coarseColumns, turn * Float(Self.coarseColumns) + 0.4 * wave, down * 6 + 20)
    return (first * 0.75 + second * 0.65) * smoothStep(down, 0, 0.5)
  }

  private func sample(_ table: [Float], _ columns: Int, _ x: Float, _ y: Float) -> Float {
    let (left, upper) = (x.rounded(.down), y.rounded(.down))
    let (fx, fy) = (x - left, y - upper)
    let first = ((Int(left) % columns) + columns) % columns
    let next = (first + 1) % columns
    let row = min(max(Int(upper), 0), Self.rows - 2) * columns
    let a = table[row + first] * (1 - fx) + table[row + next] * fx
    let b = table[row + columns + first] * (1 - fx) + table[row + columns + next] * fx
    return a * (1 - fy) + b * fy
  }
}
