import CSIMD
import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// Numbers of 16 bits: what they lose, and that sums of them are exact.
@Suite struct ShortKernelTests {
  private static let square = ConvolutionShape(
    kernelHeight: 3, kernelWidth: 3, padding: 1, border: .zero)
  private static let point = ConvolutionShape(kernelHeight: 1, kernelWidth: 1)

  private static let pointwise: [KernelCase] = [
    (1, 1, 1, 1, Activation.none, false), (1, 13, 3, 4, .leakyReLU(slope: 0.2, gain: 1.25), true),
    (7, 7, 33, 24, .clamp(0, 6), false), (9, 8, 130, 88, .none, true),
    (2, 50, 7, 65, .clamp(-1, 1), true), (1, 1, 260, 48, .none, false),
    (23, 41, 100, 33, .none, false),
  ].map { height, width, channels, outputs, activation, residual in
    KernelCase(
      height: height, width: width, parts: (channels, 0), outputs: outputs, shape: point,
      activation: activation, residual: residual)
  }

  private static let tiles: [KernelCase] = [
    (1, 1, 1, 1, false), (13, 17, 33, 70, true), (32, 29, 16, 16, false), (9, 6, 100, 40, true),
    (40, 12, 48, 33, false),
  ].map { tileCase($0, $1, $2, $3, $4) }

  /// Of several stretches of channels.
  private static let deepTiles: [KernelCase] = [
    (8, 8, 129, 48, true), (13, 10, 200, 17, false),
  ].map { tileCase($0, $1, $2, $3, $4) }

  private static func tileCase(
    _ height: Int, _ width: Int, _ channels: Int, _ outputs: Int, _ residual: Bool
  ) -> KernelCase {
    KernelCase(
      height: height, width: width, parts: (channels, 0), outputs: outputs, shape: square,
      activation: .leakyReLU(slope: 0.2, gain: 1), residual: residual)
  }

  /// Decibels of the result over its difference from the sums in double precision.
  private func decibels(_ kind: KernelKind, _ test: KernelCase) -> Double {
    let data = KernelData(test)
    let twin = convolutionTwin(test, data).values
    let found = inner(runKernel(kind, test, data), test)
    let errors = zip(found, twin).reduce(0) { $0 + pow(Double($1.0) - $1.1, 2) }
    return 10 * log10(twin.reduce(0) { $0 + $1 * $1 } / max(errors, 1e-300))
  }

  /// 68 decibels and more are kept of vectors of 2,048 values; sums of rounded pixels with rounded weights
  /// keep that, less what cancels.
  @Test(arguments: pointwise) func pointwiseIsNear(_ test: KernelCase) {
    #expect(decibels(.shortPointwise, test) > 70)
  }

  /// The transforms' matrices enlarge what rounding changed.
  @Test(arguments: tiles) func tilesAreNear(_ test: KernelCase) {
    #expect(decibels(.shortWinograd, test) > 58)
  }

  /// Weights keep 60 and more, across their transform is the smaller one.
  @Test(arguments: tiles + deepTiles) func compactTilesAreNear(_ test: KernelCase) {
    #expect(decibels(.shortCompact, test) > 58)
  }

  @Test(arguments: tiles) func halvesAreNear(_ test: KernelCase) {
    #expect(decibels(.halfWinograd, test) > 62)
  }

  @Test(arguments: pointwise) func pointwiseIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.outputHeight, width: test.outputWidth, seed: 9)
    checkPieces(.shortPointwise, test, pieces) { y, x in (y, x) }
  }

  @Test(arguments: tiles) func tilesAreTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(
      height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4, seed: 6)
    checkPieces(.shortWinograd, test, pieces) { y, x in (y / 4, x / 4) }
    checkPieces(.shortCompact, test, pieces) { y, x in (y / 4, x / 4) }
    checkPieces(.halfWinograd, test, pieces) { y, x in (y / 4, x / 4) }
  }

  /// Small values everywhere, one large one, and the largest sums that there can be.
  @Test func rowsKeepTheirNorm() {
    var random = SeededGenerator(state: 4)
    for count in [1, 2, 15, 16, 17, 300, 2048] {
      for scale in [Float(1e-12), 1, 1e12] {
        var values = (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
        if count == 300 { values[7] = 100 * scale }
        let row = AlignedBuffer<Int32>(count: ShortRows.stride(count))
        let inverse = ShortRows.quantize(values, count: count, to: row.pointer)
        let numbers = numbers(row.pointer, count)
        #expect(numbers.reduce(0) { $0 + $1 * $1 } <= 32767 * 32767)
        for (value, number) in zip(values, numbers) {
          // Half a step, and what scaling to as much as 32,767 rounds in single precision.
          #expect(abs(Float(number) * inverse - value) <= 0.506 * inverse)
        }
        // The product with itself is the largest.
        var sum = SIMD16<Int32>.zero
        for word in 0..<ShortRows.words(count) {
          let both = SIMD16<Int32>(repeating: row[word])
          sum = csimd_dot2_i16(sum, both, both)
        }
        #expect(Int(sum[5]) == numbers.reduce(0) { $0 + $1 * $1 })
      }
    }
  }

  /// The same where magnitudes are added: the largest sum there can be fits.
  @Test func rowsKeepTheirSum() {
    var random = SeededGenerator(state: 5)
    for count in [1, 2, 15, 16, 33, 64] {
      for scale in [Float(1e-12), 1, 1e12] {
        var values = (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
        if count == 33 { values[7] = 100 * scale }
        let row = AlignedBuffer<Int32>(count: ShortRows.stride(count))
        let inverse = ShortRows.quantizeBySum(values, count: count, to: row.pointer)
        let numbers = numbers(row.pointer, count)
        #expect(numbers.reduce(0) { $0 + abs($1) } * 32767 <= Int(Int32.max))
        #expect(numbers.allSatisfy { abs($0) <= 32767 })
        for (value, number) in zip(values, numbers) {
          #expect(abs(Float(number) * inverse - value) <= 0.506 * inverse)
        }
      }
    }
    let row = AlignedBuffer<Int32>(count: 8)
    #expect(ShortRows.quantizeBySum([0, 0, 1e-30], count: 3, to: row.pointer) == 0)
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(ShortRows.quantizeBySum([1, bad, 2], count: 3, to: row.pointer).isNaN)
    }
  }

  /// Transforms of rounded filters are exact and fit 16 bits, also of the filters that the transform enlarges most.
  @Test func filtersAreTransformedExactly() throws {
    let (outputs, channels) = (40, 70)
    var random = SeededGenerator(state: 6)
    var values = (0..<outputs * channels * 9).map { _ in Float.random(in: -1...1, using: &random) }
    for index in 0..<channels * 9 { values[index] = 1 }
    let filters = try #require(
      ShortFilters(
        values, outputs: outputs, channels: channels,
        scale: [Float](repeating: 1, count: outputs), bias: [Float](repeating: 0, count: outputs),
        pool: WorkerPool(threads: 2)))
    let down: [[Double]] = [
      [1, 0, 0], [1, 1, 1], [1, -1, 1], [1, 2, 4], [1, -2, 4], [0, 0, 1],
    ]
    let across: [[Double]] = [[1, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]]
    let panels = AlignedBuffer<Int32>(count: ShortFilters.transformedCount)
    for (output, channel) in [(0, 0), (0, 69), (17, 3), (31, 64), (33, 68), (39, 63)] {
      let (pair, stretch) = (output / 32, channel / ShortFilters.stretch)
      filters.transform(pair, stretch, into: panels.pointer)
      let width = 16 * filters.blocks(pair)
      let inverse = Double(filters.inverses(output / 16, stretch)[output % 16])
      for point in 0..<ShortFilters.points {
        var expected = 0.0
        for tap in 0..<9 {
          expected +=
            down[point / 4][tap / 3] * across[point % 4][tap % 3]
            * Double(values[(output * channels + channel) * 9 + tap])
        }
        let place = channel % ShortFilters.stretch
        let word = panels[point * ShortFilters.pointStride + place / 2 * width + output % 32]
        let found = Double(Int16(truncatingIfNeeded: word >> (place % 2 == 0 ? 0 : 16)))
        #expect(abs(found) < 32767)
        #expect(abs(found * inverse - expected) <= 10.6 * inverse)
      }
    }
  }

  private func numbers(_ row: UnsafePointer<Int32>, _ count: Int) -> [Int] {
    (0..<count).map { index in
      Int(Int16(truncatingIfNeeded: row[index / 2] >> (index % 2 == 0 ? 0 : 16)))
    }
  }

  /// Nothing stays nothing, and what is not a number is told on.
  @Test func hostileRows() {
    func inverse(_ values: [Float]) -> Float {
      let row = AlignedBuffer<Int32>(count: ShortRows.stride(values.count))
      return ShortRows.quantize(values, count: values.count, to: row.pointer)
    }
    #expect(inverse([0, 0, 0]) == 0)
    #expect(inverse([1e-30, 0]) == 0)
    for bad in [Float.nan, .infinity, -.infinity, 1e30] { #expect(inverse([1, bad, 2]).isNaN) }
  }

  @Test func shortsAreRoundedToEvenAndLimited() {
    let values: [Float] = [
      0.5, 1.5, -0.5, -2.5, 32766.4, 32767.6, 1e9, -1e9, -32768.4, -0.0, 7, -7, 100.49, 2.5, 3.5, 4,
    ]
    let expected: [Int] = [
      0, 2, 0, -2, 32766, 32767, 32767, -32768, -32768, 0, 7, -7, 100, 2, 4, 4,
    ]
    let row = AlignedBuffer<Int32>(count: 8)
    csimd_store_shorts(row.pointer, load16(values))
    #expect(numbers(row.pointer, 16) == expected)
  }

  /// Weights that 16 bits cannot hold stay floats.
  @Test func weightsThatLoseMuchAreRefused() {
    let pool = WorkerPool(threads: 2)
    func halves(_ values: [Float]) -> RoundingError {
      RoundingError.ofHalves(values, count: values.count, pool: pool)
    }
    var random = SeededGenerator(state: 8)
    let usual = (0..<200_000).map { _ in Float.random(in: -0.1...0.1, using: &random) }
    #expect(halves(usual).isSmall && halves(usual).decibels < 80)
    #expect(halves([1, 2, 0.5]).decibels == 200)
    #expect(halves([]).isSmall)
    #expect(!halves(usual.map { $0 * 1e-6 }).isSmall)
    #expect(!halves(usual + [1e6]).isSmall)
    let one = WorkerPool(threads: 1)
    let again = RoundingError.ofHalves(usual, count: usual.count, pool: one)
    #expect(again.errors == halves(usual).errors)

    let row = AlignedBuffer<Float>(count: 16, filledWith: 1e25)
    let words = AlignedBuffer<Int32>(count: 16)
    let inverses = AlignedBuffer<Float>(count: 16)
    let error = ShortPanel.pack(
      row.pointer, depth: 1, to: words.pointer, inverses: inverses.pointer)
    #expect(!error.isSmall)
    let kernel = ShortPointwise(
      [1e25, 1], outputs: 2, channels: 1, scale: [1, 1], bias: [0, 0], pixels: 1, pool: pool)
    #expect(kernel == nil)
  }
}
