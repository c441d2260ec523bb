import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

private func convolution(
  _ kernel: Int, _ stride: Int = 1, _ dilation: Int = 1, padding: Int, _ border: BorderMode = .zero
) -> ConvolutionShape {
  ConvolutionShape(
    kernelHeight: kernel, kernelWidth: kernel, stride: stride, dilation: dilation,
    padding: padding, border: border)
}

private let leaky = Activation.leakyReLU(slope: 0.2, gain: 1.25)

let directCases: [KernelCase] = [
  KernelCase(height: 1, width: 1, parts: (1, 0), outputs: 1, shape: convolution(1, padding: 0)),
  KernelCase(height: 1, width: 13, parts: (3, 0), outputs: 4, shape: convolution(3, padding: 1)),
  KernelCase(
    height: 17, width: 15, parts: (33, 0), outputs: 64,
    shape: convolution(7, padding: 3, .reflect), activation: leaky),
  KernelCase(
    height: 13, width: 29, parts: (17, 0), outputs: 33, shape: convolution(3, 2, padding: 1),
    activation: .tanh),
  KernelCase(
    height: 12, width: 25, parts: (16, 0), outputs: 16, shape: convolution(3, padding: 1),
    activation: leaky, residual: true),
  KernelCase(
    height: 9, width: 31, parts: (16, 0), outputs: 3, shape: convolution(3, padding: 1),
    activation: .sigmoid),
  KernelCase(height: 8, width: 9, parts: (2, 0), outputs: 8, shape: convolution(3, padding: 1)),
  KernelCase(
    height: 8, width: 127, parts: (21, 8), outputs: 49,
    shape: convolution(3, padding: 1, .replicate),
    activation: .silu, residual: true),
  KernelCase(
    height: 11, width: 14, parts: (5, 16), outputs: 40,
    shape: ConvolutionShape(
      kernelHeight: 2, kernelWidth: 5, stride: 3, dilation: 2, padding: 4, border: .zero)),
  KernelCase(
    height: 11, width: 61, parts: (20, 0), outputs: 16, shape: convolution(7, padding: 3, .reflect),
    activation: leaky, residual: true),
  KernelCase(
    height: 6, width: 50, parts: (9, 0), outputs: 5, shape: convolution(4, padding: 2, .replicate)),
  KernelCase(height: 5, width: 47, parts: (12, 0), outputs: 7, shape: convolution(5, padding: 1)),
  KernelCase(
    height: 5, width: 40, parts: (24, 0), outputs: 64, shape: convolution(3, padding: 1),
    activation: leaky),
  KernelCase(height: 7, width: 5, parts: (40, 0), outputs: 20, shape: convolution(5, padding: 0)),
]

/// Whole panels, parts of panels of all widths, tiles that are not full.
let pointwiseCases: [KernelCase] = [
  (1, 1, 1, 1, Activation.none, false), (1, 13, 3, 4, leaky, true), (5, 7, 24, 16, .none, true),
  (7, 7, 33, 24, .clamp(0, 6), false), (4, 31, 16, 39, leaky, true), (6, 9, 40, 41, .none, false),
  (3, 5, 2, 48, .clamp(-1, 1), true), (9, 8, 130, 88, .none, true), (2, 50, 7, 65, leaky, false),
].map { height, width, channels, outputs, activation, residual in
  KernelCase(
    height: height, width: width, parts: (channels, 0), outputs: outputs,
    shape: convolution(1, padding: 0), activation: activation, residual: residual)
}

let patchCases: [KernelCase] = [
  KernelCase(height: 1, width: 1, parts: (1, 0), outputs: 1, shape: convolution(3, padding: 1)),
  KernelCase(
    height: 13, width: 131, parts: (3, 0), outputs: 24, shape: convolution(3, 2, padding: 1),
    activation: .clamp(0, 6)),
  KernelCase(
    height: 9, width: 220, parts: (3, 0), outputs: 24, shape: convolution(5, 2, padding: 1),
    activation: leaky),
  KernelCase(height: 6, width: 5, parts: (4, 0), outputs: 33, shape: convolution(4, padding: 3)),
  KernelCase(height: 8, width: 9, parts: (2, 0), outputs: 8, shape: convolution(8, padding: 2)),
]

let winogradCases: [KernelCase] = [
  KernelCase(height: 1, width: 1, parts: (1, 0), outputs: 1, shape: convolution(3, padding: 1)),
  KernelCase(
    height: 13, width: 17, parts: (33, 0), outputs: 70, shape: convolution(3, padding: 1, .reflect),
    activation: leaky, residual: true),
  KernelCase(
    height: 32, width: 29, parts: (16, 0), outputs: 16, shape: convolution(3, padding: 1),
    activation: .tanh),
  KernelCase(height: 9, width: 6, parts: (5, 0), outputs: 130, shape: convolution(3, padding: 0)),
  KernelCase(
    height: 15, width: 31, parts: (33, 0), outputs: 64,
    shape: convolution(7, padding: 3, .reflect), activation: leaky),
  KernelCase(height: 30, width: 33, parts: (7, 0), outputs: 16, shape: convolution(7, padding: 3)),
  KernelCase(
    height: 12, width: 9, parts: (18, 0), outputs: 21, shape: convolution(5, padding: 2, .replicate)
  ),
  KernelCase(height: 8, width: 8, parts: (3, 0), outputs: 2, shape: convolution(8, padding: 3)),
]

let stridedCases: [KernelCase] = [
  (1, 1, 1, 1, BorderMode.zero, false), (2, 5, 3, 4, .zero, true),
  (13, 29, 17, 33, .reflect, false),
  (14, 131, 5, 20, .replicate, true), (9, 530, 3, 16, .zero, false), (33, 34, 48, 300, .zero, true),
  (11, 128, 6, 40, .reflect, false),
].map { height, width, channels, outputs, border, residual in
  KernelCase(
    height: height, width: width, parts: (channels, 0), outputs: outputs,
    shape: convolution(3, 2, padding: 1, border), activation: leaky, residual: residual)
}

let upsampledCases: [KernelCase] = [
  (1, 1, (1, 0), 1, false), (1, 5, (3, 0), 16, false), (7, 3, (16, 17), 33, true),
  (35, 67, (4, 0), 8, false), (34, 141, (5, 3), 40, false), (13, 15, (20, 12), 64, false),
  (4, 261, (3, 0), 5, false), (5, 256, (17, 0), 20, false),
].map { (height: Int, width: Int, parts: (Int, Int), outputs: Int, residual: Bool) in
  KernelCase(
    height: height, width: width, parts: parts, outputs: outputs,
    shape: convolution(3, padding: 1), activation: leaky, residual: residual, upsampled: true)
}

/// A list that takes some stretches of the rows of a grid and leaves others out.
func somePieces(height: Int, width: Int, seed: UInt64) -> [RowPiece] {
  var generator = SeededGenerator(state: seed)
  var result: [RowPiece] = []
  for y in 0..<height where Int.random(in: 0..<4, using: &generator) > 0 {
    var x = Int.random(in: 0...min(2, width - 1), using: &generator)
    while x < width {
      let end = min(width, x + Int.random(in: 1...20, using: &generator))
      result.append(y: y, x0: x, x1: end)
      x = end + Int.random(in: 1...9, using: &generator)
    }
  }
  return result
}

@Suite struct ConvolutionKernelTests {
  /// Every value within the bound of a chain of fused multiply-adds, (n + 4) 2^-24 of the magnitudes
  /// summed, of the float64 twin.
  @Test(arguments: directCases) func directMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    let bound = Double(test.channels * test.shape.taps + 4) * 0x1p-24
    compare(runKernel(.direct, test, data), test, data, bound: bound)
  }

  @Test(arguments: pointwiseCases) func pointwiseMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    let bound = Double(test.channels + 4) * 0x1p-24
    let result = runKernel(.pointwise, test, data)
    compare(result, test, data, bound: bound)
    #expect(result == runKernel(.direct, test, data))
  }

  @Test(arguments: patchCases) func patchesMatchTwin(_ test: KernelCase) {
    let data = KernelData(test)
    let bound = Double(test.channels * test.shape.taps + 4) * 0x1p-24
    let result = runKernel(.patches, test, data)
    compare(result, test, data, bound: bound)
    #expect(result == runKernel(.direct, test, data))
  }

  /// Blending adds six roundings of sums whose magnitudes are at most nine times the twin's.
  @Test(arguments: upsampledCases) func upsampledMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    let bound = Double(test.channels * 9 + 40) * 0x1p-24
    compare(runKernel(.upsampled, test, data), test, data, bound: bound)
  }

  /// F(4, 2) loses about a digit; the bound is chosen.
  @Test(arguments: upsampledCases) func transformedUpsamplingMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    compare(runKernel(.transformedUpsampling, test, data), test, data, bound: 3e-6)
  }

  /// As for upsampling.
  @Test(arguments: stridedCases) func stridedWinogradMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    compare(runKernel(.stridedWinograd, test, data), test, data, bound: 3e-6)
  }

  @Test(arguments: winogradCases.filter { $0.shape.kernelHeight == 3 })
  func compactWinogradMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    compare(runKernel(.compactWinograd, test, data), test, data, bound: 3e-6)
  }

  /// Winograd's rounding grows with its matrices, more for F(4, 4) than for F(4, 3). The bounds are
  /// chosen, not derived; `compare` also holds the noise as a whole 100 dB below the signal.
  @Test(arguments: winogradCases) func winogradMatchesTwin(_ test: KernelCase) {
    let data = KernelData(test)
    let bound = test.shape.kernelHeight == 3 ? 3e-6 : 1e-5
    compare(runKernel(.winograd, test, data), test, data, bound: bound)
  }

  private func compare(
    _ result: [Float], _ test: KernelCase, _ data: KernelData, bound: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let twin = convolutionTwin(test, data)
    let pixelStride = test.outputs + 2 * outputMargin
    let steepness = 1.3
    var worst = (share: 0.0, place: 0)
    var errors = 0.0
    var signal = 0.0
    for (place, value) in inner(result, test).enumerated() {
      let error = abs(Double(value) - twin.values[place])
      let share = error.isNaN ? .infinity : error / (twin.magnitudes[place] * bound * steepness)
      if share > worst.share { worst = (share, place) }
      errors += error * error
      signal += twin.values[place] * twin.values[place]
    }
    #expect(
      worst.share <= 1,
      "worst at \(worst.place): \(inner(result, test)[worst.place]) for \(twin.values[worst.place])",
      sourceLocation: sourceLocation)
    // Noise 100 dB below the signal.
    #expect(errors <= 1e-10 * signal, sourceLocation: sourceLocation)
    for (index, value) in result.enumerated() {
      let channel = index % pixelStride - outputMargin
      if !(0..<test.outputs).contains(channel) && value != untouched {
        Issue.record("wrote outside its channels at \(index)", sourceLocation: sourceLocation)
        return
      }
    }
  }

  /// The bits of a pixel depend neither on the list it is in nor on the number of threads, and
  /// pixels outside the list stay as they were.
  @Test(arguments: directCases) func directIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.outputHeight, width: test.outputWidth, seed: 5)
    checkPieces(.direct, test, pieces) { y, x in (y, x) }
  }

  @Test(arguments: pointwiseCases) func pointwiseIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.outputHeight, width: test.outputWidth, seed: 9)
    checkPieces(.pointwise, test, pieces) { y, x in (y, x) }
  }

  @Test(arguments: patchCases) func patchesAreTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.outputHeight, width: test.outputWidth, seed: 10)
    checkPieces(.patches, test, pieces) { y, x in (y, x) }
  }

  @Test(arguments: stridedCases) func stridedWinogradIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.outputHeight, width: test.outputWidth, seed: 8)
    checkPieces(.stridedWinograd, test, pieces) { y, x in (y, x) }
  }

  /// What lies outside the columns that a pixel's transforms read does not change its bits.
  @Test func columnsReadAreAll() {
    let strided = KernelCase(
      height: 7, width: 64, parts: (5, 0), outputs: 4, shape: convolution(3, 2, padding: 1))
    checkColumns(.stridedWinograd, strided, 0..<32, StridedWinograd.columnsRead) { $0 }
    let upsampled = KernelCase(
      height: 5, width: 40, parts: (5, 0), outputs: 4, shape: convolution(3, padding: 1),
      upsampled: true)
    checkColumns(
      .transformedUpsampling, upsampled, 0..<40, TransformedUpsampling.columnsRead
    ) { 2 * $0 }
  }

  private func checkColumns(
    _ kind: KernelKind, _ test: KernelCase, _ units: Range<Int>, _ read: (Int) -> Range<Int>,
    outputColumn: (Int) -> Int
  ) {
    var data = KernelData(test)
    let before = runKernel(kind, test, data)
    let row = test.outputs + 2 * outputMargin
    for unit in stride(from: 0, to: units.upperBound, by: 5) {
      let input = data.input
      for place in data.input.indices
      where !read(unit).contains(place / test.channels % test.width) {
        data.input[place] = 3 - data.input[place]
      }
      let after = runKernel(kind, test, data)
      data.input = input
      for y in 0..<test.outputHeight {
        let first = (y * test.outputWidth + outputColumn(unit)) * row
        #expect(before[first..<first + row] == after[first..<first + row], "\(unit)")
      }
    }
  }

  @Test(arguments: winogradCases.filter { $0.shape.kernelHeight == 3 })
  func compactWinogradIsTheSameInPieces(_ test: KernelCase) {
    let tiles = ((test.outputHeight + 3) / 4, (test.outputWidth + 3) / 4)
    let pieces = somePieces(height: tiles.0, width: tiles.1, seed: 6)
    checkPieces(.compactWinograd, test, pieces) { y, x in (y / 4, x / 4) }
  }

  @Test(arguments: winogradCases) func winogradIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(
      height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4, seed: 6)
    checkPieces(.winograd, test, pieces) { y, x in (y / 4, x / 4) }
  }

  @Test(arguments: upsampledCases) func upsampledIsTheSameInPieces(_ test: KernelCase) {
    let pieces = somePieces(height: test.height, width: test.width, seed: 7)
    checkPieces(.upsampled, test, pieces) { y, x in (y / 2, x / 2) }
    checkPieces(.transformedUpsampling, test, pieces) { y, x in (y / 2, x / 2) }
  }
}

/// Expects the same bits in pieces, with two threads and with five, and nothing written elsewhere.
func checkPieces(
  _ kind: KernelKind, _ test: KernelCase, _ pieces: [RowPiece],
  sourceLocation: SourceLocation = #_sourceLocation, place: (Int, Int) -> (Int, Int)
) {
  let data = KernelData(test)
  let all = runKernel(kind, test, data)
  #expect(runKernel(kind, test, data, threads: 2) == all, sourceLocation: sourceLocation)
  let some = runKernel(kind, test, data, pieces: pieces, threads: 5)
  let active = Set(
    pieces.flatMap { piece in (piece.x0..<piece.x1).map { [Int(piece.y), Int($0)] } })
  let row = test.outputs + 2 * outputMargin
  for y in 0..<test.outputHeight {
    for x in 0..<test.outputWidth {
      let pixel = (y * test.outputWidth + x) * row..<(y * test.outputWidth + x + 1) * row
      let (gridY, gridX) = place(y, x)
      let expected =
        active.contains([gridY, gridX])
        ? Array(all[pixel]) : [Float](repeating: untouched, count: row)
      if Array(some[pixel]) != expected {
        Issue.record("pixel (\(y), \(x)) differs", sourceLocation: sourceLocation)
        return
      }
    }
  }
}
