import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct ChannelSoftmaxTests {
  /// All forms of pixels, and their ends.
  static let counts = Array(1...67) + [79, 80, 81, 100, 127, 128, 255, 513, 1000, 1024]

  /// Softmax of each pixel, in any pieces and with any gaps the same bits; nil where it is not.
  private func softmax(of x: Tensor) -> Tensor? {
    let kernel = ChannelSoftmax(channels: x.shape[1])
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: 1)
    return computeRows(of: x) {
      kernel.row($0, $1, from: $2, to: $3, scratch: scratch[0])
    }
  }

  private func inPlace(_ map: FeatureMap) {
    let kernel = ChannelSoftmax(channels: map.channels)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: 1)
    for y in 0..<map.height {
      kernel.row(y, 0..<map.width, from: map, to: map, scratch: scratch[0])
    }
  }

  /// Values that need no shift, some that need one, and all of them.
  @Test(arguments: counts) func matchesTwin(_ channels: Int) {
    for (seed, range) in [Float(2), 30, 70, 300].enumerated() {
      let x = randomImage(channels, 2, 37, seed: UInt64(seed), in: -range...range)
      let expected = Softmax(axis: 1).reference([x])
      let found = softmax(of: x)
      #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
      for gap in [0, 3] {
        let image = GappedImage(x, gap: gap)
        inPlace(image.map)
        #expect(image.gapsAreUntouched)
        #expect(image.tensor == found)
      }
    }
  }

  @Test(arguments: [2100, 16400]) func vectorsMatchTwin(_ channels: Int) {
    for range in [Float(2), 100] {
      let x = randomImage(channels, 1, 5, in: -range...range)
      let expected = Softmax(axis: 1).reference([x])
      #expect(softmax(of: x).map { largestError($0, expected) } ?? .infinity <= 1e-6)
    }
  }

  /// Each quotient within 1e-6 of its value, small ones too.
  @Test(arguments: [2, 5, 11, 19, 40, 64, 65, 1000]) func smallQuotientsAreExact(_ channels: Int) {
    for range in [Float(1), 20, 40] {
      let x = randomImage(channels, 1, 19, seed: 3, in: -range...range)
      let expected = Softmax(axis: 1).reference([x]).elements
      let found = softmax(of: x)?.elements ?? []
      #expect(found.count == expected.count)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 * $1 })
    }
  }

  /// A pixel's bits are the same beside ones that must be shifted, and beside none.
  @Test(arguments: counts) func bitsDoNotDependOnNeighbours(_ channels: Int) {
    let width = 41
    let calm = randomImage(channels, 1, width, seed: 7, in: -60...60)
    let loud: [Float] = [64, -64, 64.01, -64.01, 1e9, -1e9, .infinity, -.infinity, .nan]
    var mixed = calm.elements
    let changed = stride(from: 2, to: width, by: 3)
    for (index, x) in changed.enumerated() {
      mixed[index % channels * width + x] = loud[index % loud.count]
    }
    let alone = softmax(of: calm)?.elements ?? []
    let beside = softmax(of: Tensor(shape: calm.shape, mixed))?.elements ?? []
    #expect(alone.count == channels * width && beside.count == alone.count)
    for place in alone.indices where place % width % 3 != 2 && place < beside.count {
      #expect(alone[place].bitPattern == beside[place].bitPattern)
    }
  }

  @Test(arguments: counts) func extremesOfPixels(_ channels: Int) {
    let last = channels - 1
    let kinds: [(_ c: Int) -> Float] = [
      { _ in 3e38 }, { _ in -3e38 }, { $0 == last ? 1e30 : 5 }, { $0 == last ? -1e30 : 5 },
      { $0 == 0 ? 1 : -.infinity }, { _ in -.infinity }, { $0 == last ? .infinity : 1 },
      { $0 == last ? .nan : 1 }, { $0 == last ? Float(bitPattern: 0xffc1_2345) : 200 },
    ]
    let width = kinds.count
    let values = (0..<channels).flatMap { c in kinds.map { $0(c) } }
    guard let found = softmax(of: Tensor(shape: [1, channels, 1, width], values)) else {
      Issue.record("pieces differ")
      return
    }
    func pixel(_ x: Int) -> [Float] { (0..<channels).map { found[$0 * width + x] } }
    let share = 1 / Float(channels)
    for x in 0..<2 { #expect(pixel(x).allSatisfy { abs($0 - share) <= 1e-6 * share }) }
    #expect(pixel(2)[last] == 1 && pixel(2).dropLast().allSatisfy { $0 == 0 })
    if channels > 1 {
      let others = 1 / Float(channels - 1)
      #expect(pixel(3)[last] == 0)
      #expect(pixel(3).dropLast().allSatisfy { abs($0 - others) <= 1e-6 * others })
    }
    #expect(abs(pixel(4)[0] - 1) <= 1e-6 && pixel(4).dropFirst().allSatisfy { $0 == 0 })
    for x in 5..<width { #expect(pixel(x).allSatisfy { $0.isNaN }) }
  }

  /// The exponentials of both ways are the same bits, and near the value.
  @Test func exponentialsMatchTwin() {
    var worst = (bounded: 0.0, whole: 0.0)
    for x in Swift.stride(from: Float(-87.2), through: 64, by: 0.0173) {
      let exact = exp(Double(x))
      let whole = SoftmaxExponential.whole(SIMD16(repeating: x))[5]
      worst.whole = max(worst.whole, abs(Double(whole) / exact - 1))
      guard abs(x) <= SoftmaxExponential.limit(2) else { continue }
      let bounded = SoftmaxExponential.bounded(SIMD16(repeating: x))[5]
      worst.bounded = max(worst.bounded, abs(Double(bounded) / exact - 1))
      #expect(bounded.bitPattern == whole.bitPattern)
    }
    #expect(worst.bounded <= 3e-7)
    #expect(worst.whole <= 4e-7)
    for x in [-Float.infinity, -3e38, -87.4] {
      #expect(SoftmaxExponential.whole(SIMD16(repeating: x))[0] == 0)
    }
    for bits: UInt32 in [0x7fc0_0000, 0xffc0_0000, 0x7fc1_2345, 0x7fff_ffff] {
      #expect(SoftmaxExponential.whole(SIMD16(repeating: Float(bitPattern: bits)))[3].isNaN)
    }
  }
}
