import Compute
import Testing

@testable import NeuralRender

/// A depthwise convolution under test.
struct DepthwiseCase: Sendable {
  var channels: Int
  var height: Int
  var width: Int
  var kernel: (height: Int, width: Int)
  var stride = 1
  var dilation = 1
  var padding = Padding.none
  var activation = Activation.none
  var hasResidual = false

  static let all: [DepthwiseCase] = {
    var result = [1, 3, 5, 8, 16, 17, 40].flatMap { channels in
      [
        DepthwiseCase(
          channels: channels, height: 6, width: 13, kernel: (3, 3), padding: Padding(1),
          activation: .silu),
        DepthwiseCase(
          channels: channels, height: 9, width: 14, kernel: (5, 5), stride: 2,
          padding: Padding(left: 2, right: 1, top: 0, bottom: 2, mode: .reflect),
          activation: .leakyReLU(slope: 0.2, gain: 1.5), hasResidual: true),
        DepthwiseCase(
          channels: channels, height: 7, width: 21, kernel: (2, 4), dilation: 2,
          padding: Padding(left: 3, right: 5, top: 2, bottom: 1, mode: .replicate),
          hasResidual: true),
        DepthwiseCase(
          channels: channels, height: 5, width: 11, kernel: (5, 5), padding: Padding(2),
          activation: .clamp(-0.5, 2)),
        DepthwiseCase(
          channels: channels, height: 1, width: 2, kernel: (7, 7), padding: Padding(3)),
        DepthwiseCase(
          channels: channels, height: 8, width: 19, kernel: (1, 3), stride: 3,
          padding: Padding(left: -2, right: 1, top: 1, bottom: -1), activation: .tanh),
      ]
    }
    // Several tiles of neighbours, and what is left over.
    result += [8, 9, 16, 24].flatMap { channels in
      [(3, 1, false), (5, 1, true), (3, 2, true), (5, 2, false), (4, 1, false), (2, 2, true)].map {
        DepthwiseCase(
          channels: channels, height: 7, width: 53, kernel: ($0.0, $0.0), stride: $0.1,
          padding: Padding($0.0 / 2), activation: .leakyReLU(slope: 0.1, gain: 1),
          hasResidual: $0.2)
      }
    }
    result.append(
      DepthwiseCase(
        channels: 32, height: 4, width: 30, kernel: (3, 3), padding: Padding(1),
        activation: .sigmoid, hasResidual: true))
    return result
  }()
}

extension DepthwiseCase {
  /// The kernel's result, with the target as its own residual, and the reference's.
  func results() -> (kernel: WindowResult, reference: Tensor) {
    let x = randomTensor([1, channels, height, width], seed: 1)
    let weights = randomTensor([channels, 1, kernel.height, kernel.width], seed: 2)
    let scale = randomTensor([channels], seed: 3).elements
    let bias = randomTensor([channels], seed: 4).elements
    let operation = Convolution(
      stride: stride, dilation: dilation, groups: channels, padding: padding)
    let sums = operation.reference([x, weights])
    let residual = randomTensor(sums.shape, seed: 5)
    let plane = sums.shape[2] * sums.shape[3]
    let reference = Tensor(
      shape: sums.shape,
      sums.elements.enumerated().map { index, sum in
        let channel = index / plane
        let value = activation.twin(
          Double(sum) * Double(scale[channel]) + Double(bias[channel]))
        return Float(value + (hasResidual ? Double(residual[index]) : 0))
      })
    let convolution = DepthwiseConvolution(
      weights.elements, channels: channels, shape: shape, input: x.imageSize,
      output: sums.imageSize, scale: scale, bias: bias, activation: activation)
    let result = runWindowKernel(x, to: sums.shape, start: hasResidual ? residual : nil) {
      convolution.row($0, $1, from: $2, to: $3, residual: hasResidual ? $3 : nil)
    }
    return (result, reference)
  }

  var shape: WindowShape {
    WindowShape(
      kernelHeight: kernel.height, kernelWidth: kernel.width, stride: stride, dilation: dilation,
      top: padding.top, left: padding.left, border: padding.borderMode)
  }
}

@Suite struct DepthwiseConvolutionTests {
  @Test(arguments: DepthwiseCase.all) func depthwiseMatchesReference(_ test: DepthwiseCase) {
    let (result, reference) = test.results()
    #expect(result.problem == nil)
    #expect(errorOverLargest(result.output, reference) <= 1e-5)
  }

  /// Outside the image nothing is added: an infinite weight there leaves the sum as it is.
  @Test(arguments: [3, 20]) func zeroPaddingAddsNothing(_ channels: Int) {
    let x = Tensor(shape: [1, channels, 1, 9], repeating: 1)
    // Only the middle row of taps ever lies inside.
    let filter: [Float] = [.infinity, .nan, .infinity, 1, 2, 4, .nan, .infinity, .nan]
    let weights = [[Float]](repeating: filter, count: channels).flatMap { $0 }
    let convolution = DepthwiseConvolution(
      weights, channels: channels,
      shape: WindowShape(kernelHeight: 3, kernelWidth: 3, top: 1, left: 1), input: x.imageSize,
      output: x.imageSize, scale: [Float](repeating: 1, count: channels),
      bias: [Float](repeating: 0, count: channels))
    let result = runWindowKernel(x, to: x.shape) { convolution.row($0, $1, from: $2, to: $3) }
    #expect(result.problem == nil)
    let row: [Float] = [6, 7, 7, 7, 7, 7, 7, 7, 3]
    #expect(result.output.elements == [[Float]](repeating: row, count: channels).flatMap { $0 })
  }
}

@Suite struct DepthwisePairTests {
  /// Two rows at once have each row's bits, wherever they lie, and touch nothing else.
  @Test(arguments: [16, 24, 32], [Activation.none, .clamp(-0.2, 0.5), .silu])
  func pairsHaveTheBitsOfRows(_ channels: Int, _ activation: Activation) {
    let (height, width) = (9, 23)
    let x = randomTensor([1, channels, height, width], seed: 6)
    let kernel = DepthwiseConvolution(
      randomTensor([channels, 1, 5, 5], seed: 7).elements, channels: channels,
      shape: WindowShape(kernelHeight: 5, kernelWidth: 5, top: 2, left: 2), input: x.imageSize,
      output: x.imageSize, scale: randomTensor([channels], seed: 8).elements,
      bias: randomTensor([channels], seed: 9).elements, activation: activation)
    for margin in [0, 3] {
      let source = MarginedImage(x.shape, margin: margin, fill: .nan)
      source.set(x)
      for y in 0..<height - 1 {
        for columns in [0..<width, 1..<2, 5..<20, 19..<width] {
          let alone = MarginedImage(x.shape, margin: margin, fill: -7777)
          for y in y..<y + 2 { kernel.row(y, columns, from: source.map, to: alone.map) }
          let together = MarginedImage(x.shape, margin: margin, fill: -7777)
          kernel.twoRows(y, columns, from: source.map, to: together.map)
          #expect(haveSameBits(together.tensor(), alone.tensor()))
          #expect(together.isUntouchedOutside())
        }
      }
    }
  }

  /// Rows are pairs where they lie below each other with the same columns, and every pixel comes once.
  @Test func piecesArePaired() {
    var list: [RowPiece] = []
    for (y, x0, x1) in [(0, 0, 8), (1, 0, 8), (2, 0, 8), (3, 1, 8), (4, 1, 8), (6, 1, 8)] {
      list.append(y: y, x0: x0, x1: x1)
    }
    list.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let pieces = RowPieces(base, count: buffer.count)
      var found: [String] = []
      pieces.forEachPair(0, of: 1000) { y, columns, isPair in
        found.append("\(y) \(columns)\(isPair ? " twice" : "")")
      }
      #expect(found == ["0 0..<8 twice", "2 0..<8", "3 1..<8 twice", "6 1..<8"])
      var pixels: [SIMD2<Int>] = []
      for item in 0..<5 {
        pieces.forEachPair(item, of: 10) { y, columns, isPair in
          for row in y..<(isPair ? y + 2 : y + 1) { pixels += columns.map { SIMD2($0, row) } }
        }
      }
      let wanted = list.flatMap { piece in
        (piece.x0..<piece.x1).map { SIMD2(Int($0), Int(piece.y)) }
      }
      #expect(pixels.count == wanted.count && Set(pixels) == Set(wanted))
    }
  }
}
