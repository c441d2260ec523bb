// Runs a convolution kernel on a case: all pixels or a list, any number of threads.

import Compute

@testable import NeuralRender

enum KernelKind: Sendable {
  case direct, pointwise, patches, winograd, compactWinograd, upsampled, transformedUpsampling
  case stridedWinograd
  /// Of 16 bits.
  case halfWinograd, shortWinograd, shortCompact, shortPointwise
}

/// Floats a pixel is apart from the next in the runner's output: channels before and behind the
/// kernel's own must stay as they were.
let outputMargin = 5
/// What the output holds where nothing is written.
let untouched: Float = -7777

/// Computes the given pieces (pixels, 4 x 4 tiles or low pixels, by kind; nil for all) and returns
/// the output with a margin of channels on both sides,
/// (outputHeight, outputWidth, outputMargin + outputs + outputMargin).
func runKernel(
  _ kind: KernelKind, _ test: KernelCase, _ data: KernelData, pieces: [RowPiece]? = nil,
  threads: Int = 1
) -> [Float] {
  let pool = WorkerPool(threads: threads)
  let pixelStride = test.outputs + 2 * outputMargin
  let total = test.outputHeight * test.outputWidth * pixelStride
  let memory = AlignedBuffer<Float>(count: total, filledWith: untouched)
  let output = FeatureMap(
    memory.pointer + outputMargin, height: test.outputHeight, width: test.outputWidth,
    channels: test.outputs, pixelStride: pixelStride)
  let first = AlignedBuffer<Float>(count: test.height * test.width * test.parts.0)
  let second = AlignedBuffer<Float>(count: test.height * test.width * test.parts.1)
  for pixel in 0..<test.height * test.width {
    for c in 0..<test.channels {
      let value = data.input[pixel * test.channels + c]
      if c < test.parts.0 {
        first[pixel * test.parts.0 + c] = value
      } else {
        second[pixel * test.parts.1 + c - test.parts.0] = value
      }
    }
  }
  let one = FeatureMap(
    first.pointer, height: test.height, width: test.width, channels: test.parts.0)
  let two = FeatureMap(
    second.pointer, height: test.height, width: test.width, channels: test.parts.1)
  let inputs = (one, test.parts.1 > 0 ? two : nil)
  let residual = AlignedBuffer<Float>(count: data.residual.count)
  for (i, value) in data.residual.enumerated() { residual[i] = value }
  let epilogue = Epilogue(
    activation: test.activation,
    residual: test.residual
      ? FeatureMap(
        residual.pointer, height: test.outputHeight, width: test.outputWidth,
        channels: test.outputs) : nil)
  switch kind {
  case .direct:
    let kernel = DirectConvolution(
      data.weights, outputs: test.outputs, parts: test.parts, shape: test.shape,
      scale: data.scale, bias: data.bias)
    let pieces = pieces ?? .all(height: test.outputHeight, width: test.outputWidth)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(list)) { item, worker in
        kernel.run(
          item: item, pieces: list, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  case .pointwise:
    let kernel = PointwiseConvolution(
      data.weights, outputs: test.outputs, channels: test.parts.0, scale: data.scale,
      bias: data.bias, pixels: test.outputHeight * test.outputWidth)
    let pieces = pieces ?? .all(height: test.outputHeight, width: test.outputWidth)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(list)) { item, _ in
        kernel.run(item: item, pieces: list, input: one, output: output, epilogue: epilogue)
      }
    }
  case .shortPointwise:
    guard
      let kernel = ShortPointwise(
        data.weights, outputs: test.outputs, channels: test.parts.0, scale: data.scale,
        bias: data.bias, pixels: test.outputHeight * test.outputWidth, pool: pool)
    else { return [] }
    let pieces = pieces ?? .all(height: test.outputHeight, width: test.outputWidth)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(list)) { item, worker in
        kernel.run(
          item: item, pieces: list, input: one, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  case .patches:
    let kernel = PatchConvolution(
      data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
      scale: data.scale, bias: data.bias, activation: test.activation)
    let pieces = pieces ?? .all(height: test.outputHeight, width: test.outputWidth)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      nonisolated(unsafe) let list = UnsafeBufferPointer(start: start, count: list.count)
      pool.run(list.count) { item, worker in
        let piece = list[item]
        kernel.row(
          Int(piece.y), Int(piece.x0)..<Int(piece.x1), from: one, to: output,
          scratch: scratch[worker])
      }
    }
  case .upsampled:
    let kernel = UpsampledConvolution(
      data.weights, outputs: test.outputs, parts: test.parts, scale: data.scale, bias: data.bias)
    let pieces = pieces ?? .all(height: test.height, width: test.width)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(one)) { item, worker in
        kernel.run(
          item: item, pieces: list, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  case .transformedUpsampling:
    let kernel = TransformedUpsampling(
      data.weights, outputs: test.outputs, parts: test.parts, scale: data.scale, bias: data.bias)
    let pieces = pieces ?? .all(height: test.height, width: test.width)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(one)) { item, worker in
        kernel.run(
          item: item, pieces: list, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  case .stridedWinograd:
    let kernel = StridedWinograd(
      data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
      scale: data.scale, bias: data.bias, pool: pool)
    let pieces = pieces ?? .all(height: test.outputHeight, width: test.outputWidth)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      pool.run(kernel.itemCount(height: output.height, width: output.width)) { item, worker in
        kernel.run(
          item: item, pieces: list, input: one, output: output, epilogue: epilogue,
          scratch: scratch[worker])
      }
    }
  case .winograd:
    let pieces =
      pieces ?? .all(height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let tiles = RowPieces(start, count: list.count)
      if test.shape.kernelHeight > 3 {
        let kernel = LongWinograd(
          data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
          scale: data.scale, bias: data.bias, pool: pool)
        let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
        pool.run(kernel.itemCount(height: output.height, width: output.width)) { item, worker in
          kernel.run(
            item: item, outputTiles: tiles, input: one, output: output, epilogue: epilogue,
            scratch: scratch[worker])
        }
        return
      }
      runTiles(
        ThreeTapWinograd(
          data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
          scale: data.scale, bias: data.bias, pool: pool),
        tiles, from: one, to: output, epilogue, pool)
    }
  case .shortWinograd:
    guard
      let kernel = ShortWinograd(
        data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
        scale: data.scale, bias: data.bias, pool: pool)
    else { return [] }
    let pieces =
      pieces ?? .all(height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      runTiles(
        kernel, RowPieces(start, count: list.count), from: one, to: output, epilogue, pool)
    }
  case .shortCompact:
    guard
      let kernel = CompactShortWinograd(
        data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
        scale: data.scale, bias: data.bias, pool: pool)
    else { return [] }
    let pieces =
      pieces ?? .all(height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      runTiles(
        kernel, RowPieces(start, count: list.count), from: one, to: output, epilogue, pool)
    }
  case .compactWinograd, .halfWinograd:
    let pieces =
      pieces ?? .all(height: (test.outputHeight + 3) / 4, width: (test.outputWidth + 3) / 4)
    pieces.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      runTiles(
        CompactWinograd(
          data.weights, outputs: test.outputs, channels: test.parts.0, shape: test.shape,
          scale: data.scale, bias: data.bias, areHalves: kind == .halfWinograd, pool: pool),
        RowPieces(start, count: list.count), from: one, to: output, epilogue, pool)
    }
  }
  _ = consume first
  _ = consume second
  _ = consume residual
  return Array(UnsafeBufferPointer(start: memory.pointer, count: total))
}

/// All stages of a convolution of tiles; what is read before it is written shows as NaN.
private func runTiles<Kernel: TileStages>(
  _ kernel: Kernel, _ tiles: RowPieces, from input: FeatureMap, to output: FeatureMap,
  _ epilogue: Epilogue, _ pool: WorkerPool
) {
  let scratch = Scratch(bytes: kernel.scratchBytes, threads: pool.threadCount)
  let memory = AlignedBuffer<Float>(count: kernel.sharedCount(tiles), filledWith: .nan)
  nonisolated(unsafe) let shared = memory.pointer
  for stage in Kernel.Stage.allCases {
    pool.run(kernel.itemCount(stage, tiles)) { item, worker in
      kernel.run(
        stage, item: item, tiles: tiles, input: input, output: output, epilogue: epilogue,
        shared: shared, scratch: scratch[worker])
    }
  }
  _ = consume memory
}

/// Scratch of each worker, filled with NaN: what a kernel reads before writing shows.
final class Scratch: @unchecked Sendable {
  // Sendable: every worker uses its own part.
  private let memory: AlignedBuffer<Float>
  private let count: Int

  init(bytes: Int, threads: Int) {
    count = (bytes + 63) / 64 * 16
    memory = AlignedBuffer(count: count * threads, filledWith: .nan)
  }

  subscript(worker: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(memory.pointer + worker * count)
  }
}

/// The kernel's own channels of `runKernel`'s result: (height, width, outputs).
func inner(_ result: [Float], _ test: KernelCase) -> [Float] {
  let pixelStride = test.outputs + 2 * outputMargin
  return (0..<test.outputHeight * test.outputWidth).flatMap { pixel in
    result[pixel * pixelStride + outputMargin..<pixel * pixelStride + outputMargin + test.outputs]
  }
}
