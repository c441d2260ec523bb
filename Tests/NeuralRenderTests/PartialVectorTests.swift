// The first few of sixteen lanes from and to memory, and of two vectors.

import CSIMD
import Testing

@testable import NeuralRender

struct PartialVectorTests {
  private let numbers = (0..<48).map { Float($0) + 0.5 }

  @Test(arguments: 0...16)
  func loadsTheFirstLanesAndZeros(count: Int) {
    numbers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let value = loadFirst16(base + 3, count)
      for lane in 0..<16 { #expect(value[lane] == (lane < count ? numbers[3 + lane] : 0)) }
    }
  }

  @Test(arguments: 0...16)
  func storesTheFirstLanesOnly(count: Int) {
    var target = [Float](repeating: -1, count: 24)
    let value = load(numbers)
    target.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { storeFirst16(value, base + 5, count) }
    }
    for index in target.indices {
      let isStored = index >= 5 && index < 5 + count
      #expect(target[index] == (isStored ? numbers[index - 5] : -1))
    }
  }

  /// Values that no arithmetic would leave alone.
  @Test func movesEveryBitPattern() {
    let values = [
      Float(bitPattern: 0x7fa0_0001), .nan, -.infinity, -0.0, Float(bitPattern: 1), 1,
    ]
    var target = [Float](repeating: 0, count: 6)
    values.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer { buffer in
        if let from = source.baseAddress, let to = buffer.baseAddress {
          storeFirst16(loadFirst16(from, 6), to, 6)
        }
      }
    }
    #expect(target.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test(arguments: 0...16)
  func joinsTwoVectors(count: Int) {
    let one = load(numbers)
    let value = csimd_join_f32(one, -one, Int32(count))
    for lane in 0..<16 { #expect(value[lane] == (lane < count ? 1 : -1) * numbers[lane]) }
  }

  private func load(_ values: [Float]) -> SIMD16<Float> {
    var result = SIMD16<Float>.zero
    for lane in 0..<16 { result[lane] = values[lane] }
    return result
  }
}
