// Runs the convolution kernels on bytes, and says in whole numbers what must come out.

import Compute
import TestSupport

@testable import NeuralRender

/// A case with the bytes that stand for its input and the quantization of its output.
struct QuantizedCase {
  let test: KernelCase
  let data: KernelData
  /// One an input.
  let inputs: [ChannelQuantization]
  let output: ChannelQuantization
  /// (height, width, channels), and q - zero of the same.
  let bytes: [UInt8]
  let centred: [Float]
  /// By output, and the whole numbers W with w s = step W, in the order of the weights.
  let steps: [Float]
  let weights: [Float]

  init(_ test: KernelCase, seed: UInt64 = 1) {
    var generator = SeededGenerator(state: seed)
    func quantization(_ channels: Int, reach: Float) -> ChannelQuantization {
      ChannelQuantization(
        scale: (0..<channels).map { _ in .random(in: reach / 400...reach / 100, using: &generator)
        },
        zero: (0..<channels).map { _ in .random(in: 0...255, using: &generator) })
    }
    self.test = test
    data = KernelData(test)
    let inputs =
      [quantization(test.parts.0, reach: 1)]
      + (test.parts.1 > 0 ? [quantization(test.parts.1, reach: 1)] : [])
    let scales = inputs.flatMap(\.scale)
    let zeros = inputs.flatMap(\.zero)
    let channels = test.channels
    bytes = (0..<data.input.count).map { _ in .random(in: 0...255, using: &generator) }
    centred = bytes.enumerated().map { Float(Int($1) - Int(zeros[$0 % channels])) }
    let taps = test.shape.taps
    var steps: [Float] = []
    var weights: [Float] = []
    for output in 0..<test.outputs {
      let kernel = data.weights[output * channels * taps..<(output + 1) * channels * taps]
      let step = kernel.enumerated().map { abs($1) * scales[$0 / taps] }.reduce(0, max) / 127
      let inverse = 1 / step
      steps.append(step)
      weights += kernel.enumerated().map {
        ($1 * (scales[$0 / taps] * inverse)).rounded(.toNearestOrEven)
      }
    }
    self.steps = steps
    self.weights = weights
    self.inputs = inputs
    output = quantization(test.outputs, reach: 4)
  }

  /// The sums of W (q - zero), exact, (outputHeight, outputWidth, outputs).
  func sums() -> [Double] {
    var plain = test
    plain.activation = .none
    plain.residual = false
    var whole = data
    whole.input = centred
    whole.weights = weights
    whole.scale = [Float](repeating: 1, count: test.outputs)
    whole.bias = [Float](repeating: 0, count: test.outputs)
    return convolutionTwin(plain, whole).values
  }
}

/// What a kernel wrote, both with a margin of `outputMargin` (rounded to whole words for bytes)
/// channels on both sides of its own.
struct QuantizedResult: Equatable {
  var floats: [Float]
  var bytes: [UInt8]
}

let byteMargin = 8
let untouchedByte: UInt8 = 77

/// - Parameter isPlain: no scale, bias, activation or residual.
func runQuantized(
  _ quantized: QuantizedCase, isPlain: Bool = false, pieces: [RowPiece]? = nil, threads: Int = 1
) -> QuantizedResult {
  let (test, data) = (quantized.test, quantized.data)
  let pool = WorkerPool(threads: threads)
  let (height, width) = (test.outputHeight, test.outputWidth)
  let floatStride = test.outputs + 2 * outputMargin
  let byteStride = (test.outputs + 2 * byteMargin + 3) & ~3
  let floats = AlignedBuffer<Float>(count: height * width * floatStride, filledWith: untouched)
  let bytes = AlignedBuffer<UInt8>(count: height * width * byteStride, filledWith: untouchedByte)
  let output = FeatureMap(
    floats.pointer + outputMargin, height: height, width: width, channels: test.outputs,
    pixelStride: floatStride)
  let byteOutput = ByteOutput(
    ByteMap(
      bytes.pointer + byteMargin, height: height, width: width, channels: test.outputs,
      pixelStride: byteStride), ByteScaling(quantized.output))
  // The bytes between the parts hold what must not matter.
  let strides = ((test.parts.0 + 3) & ~3, (test.parts.1 + 3) & ~3)
  let pixels = test.height * test.width
  let first = AlignedBuffer<UInt8>(count: pixels * strides.0, filledWith: 200)
  let second = AlignedBuffer<UInt8>(count: pixels * strides.1, filledWith: 200)
  for pixel in 0..<pixels {
    for channel in 0..<test.channels {
      let byte = quantized.bytes[pixel * test.channels + channel]
      if channel < test.parts.0 {
        first[pixel * strides.0 + channel] = byte
      } else {
        second[pixel * strides.1 + channel - test.parts.0] = byte
      }
    }
  }
  let one = ByteMap(
    first.pointer, height: test.height, width: test.width, channels: test.parts.0)
  let two = ByteMap(
    second.pointer, height: test.height, width: test.width, channels: test.parts.1)
  let inputs = (one, test.parts.1 > 0 ? two : nil)
  let residual = AlignedBuffer<Float>(count: data.residual.count)
  for (index, value) in data.residual.enumerated() { residual[index] = value }
  let epilogue = Epilogue(
    activation: isPlain ? .none : test.activation,
    residual: test.residual && !isPlain
      ? FeatureMap(residual.pointer, height: height, width: width, channels: test.outputs) : nil,
    bytes: byteOutput)
  let (scale, bias) = isPlain ? (nil, nil) : (data.scale, data.bias)
  let list =
    pieces
    ?? (test.upsampled
      ? .all(height: test.height, width: test.width) : .all(height: height, width: width))
  list.withUnsafeBufferPointer { list in
    guard let start = list.baseAddress else { return }
    let list = RowPieces(start, count: list.count)
    if test.upsampled {
      let kernel = UpsampledConvolution(
        quantizing: data.weights, outputs: test.outputs, inputs: quantized.inputs, scale: scale,
        bias: bias)
      let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
      pool.run(kernel.itemCount(one)) { item, worker in
        kernel.run(
          item: item, pieces: list, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    } else {
      let kernel = DirectConvolution(
        quantizing: data.weights, outputs: test.outputs, inputs: quantized.inputs,
        shape: test.shape, scale: scale, bias: bias)
      let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
      pool.run(kernel.itemCount(list)) { item, worker in
        kernel.run(
          item: item, pieces: list, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  }
  _ = consume first
  _ = consume second
  _ = consume residual
  return QuantizedResult(
    floats: Array(UnsafeBufferPointer(start: floats.pointer, count: floats.count)),
    bytes: Array(UnsafeBufferPointer(start: bytes.pointer, count: bytes.count)))
}
