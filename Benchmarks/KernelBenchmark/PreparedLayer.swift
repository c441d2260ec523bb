// A layer with random weights and input.

import Compute
import NeuralRender

/// A layer with random weights and input, ready to run.
final class PreparedLayer {
  private let pool: WorkerPool
  private let memory: [Memory]
  private let work: () -> Void

  final class Memory: @unchecked Sendable {
    // Sendable: items of work write disjoint parts of it.
    let buffer: AlignedBuffer<Float>
    init(_ count: Int) {
      buffer = AlignedBuffer(count: count)
      var state: UInt32 = 1
      for index in 0..<count {
        state = state &* 1_664_525 &+ 1_013_904_223
        buffer[index] = Float(state >> 8) / 16_777_216 - 0.5
      }
    }
  }

  init(_ layer: Layer, pool: WorkerPool) {
    self.pool = pool
    let side = layer.side
    let channels = layer.parts.0 + layer.parts.1
    let first = Memory(side * side * layer.parts.0)
    let second = Memory(side * side * layer.parts.1)
    let result = Memory(layer.outputSide * layer.outputSide * layer.outputs)
    let weights = Memory(layer.outputs * channels * layer.shape.taps)
    if layer.precision == .int8 {
      let bytes = QuantizedMemory(layer, pool)
      self.memory = [weights, result]
      work = bytes.work(weights.buffer.pointer, output: result.buffer.pointer)
      return
    }
    let one = FeatureMap(
      first.buffer.pointer, height: side, width: side, channels: layer.parts.0)
    let two = FeatureMap(
      second.buffer.pointer, height: side, width: side, channels: layer.parts.1)
    let output = FeatureMap(
      result.buffer.pointer, height: layer.outputSide, width: layer.outputSide,
      channels: layer.outputs)
    let inputs = (one, layer.parts.1 > 0 ? two : nil)
    let epilogue = Epilogue(activation: layer.activation)
    let gridSide =
      switch layer.kind {
      case .direct, .stridedWinograd: layer.outputSide
      case .upsampled, .transformedUpsampling: side
      case .winograd, .blockedWinograd: (layer.outputSide + 3) / 4
      }
    let list = [RowPiece].all(height: gridSide, width: gridSide)
    let held = AlignedBuffer<RowPiece>(count: list.count)
    for (index, piece) in list.enumerated() { held[index] = piece }
    let pieces = RowPieces(held.pointer, count: list.count)
    let kept = PieceMemory(held)
    var memory = [first, second, result]
    /// The items of a kernel shared among the workers, each with scratch of its own.
    func shared(
      _ scratchBytes: Int, _ count: Int,
      _ run: @escaping @Sendable (Int, UnsafeMutableRawPointer) -> Void
    ) -> () -> Void {
      let scratch = Memory(scratchBytes / 4 * pool.threadCount)
      nonisolated(unsafe) let base = UnsafeMutableRawPointer(scratch.buffer.pointer)
      memory.append(scratch)
      return {
        pool.run(count) { item, worker in run(item, base + worker * scratchBytes) }
        _ = kept
      }
    }
    switch layer.kind {
    case .direct:
      let kernel = DirectConvolution(
        weights.buffer.pointer, outputs: layer.outputs, parts: layer.parts, shape: layer.shape)
      work = shared(kernel.scratchBytes, kernel.itemCount(pieces)) { item, scratch in
        kernel.run(
          item: item, pieces: pieces, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch)
      }
    case .upsampled:
      let kernel = UpsampledConvolution(
        weights.buffer.pointer, outputs: layer.outputs, parts: layer.parts)
      work = shared(kernel.scratchBytes, kernel.itemCount(one)) { item, scratch in
        kernel.run(
          item: item, pieces: pieces, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch)
      }
    case .transformedUpsampling:
      let kernel = TransformedUpsampling(
        weights.buffer.pointer, outputs: layer.outputs, parts: layer.parts, pool: pool)
      work = shared(kernel.scratchBytes, kernel.itemCount(one)) { item, scratch in
        kernel.run(
          item: item, pieces: pieces, inputs: inputs, output: output, epilogue: epilogue,
          scratch: scratch)
      }
    case .stridedWinograd:
      let kernel = StridedWinograd(
        weights.buffer.pointer, outputs: layer.outputs, channels: channels, shape: layer.shape,
        pool: pool)
      work = shared(
        kernel.scratchBytes, kernel.itemCount(height: output.height, width: output.width)
      ) { item, scratch in
        kernel.run(
          item: item, pieces: pieces, input: one, output: output, epilogue: epilogue,
          scratch: scratch)
      }
    case .blockedWinograd:
      let kernel = LongWinograd(
        weights.buffer.pointer, outputs: layer.outputs, channels: channels, shape: layer.shape,
        pool: pool)
      work = shared(
        kernel.scratchBytes, kernel.itemCount(height: output.height, width: output.width)
      ) { item, scratch in
        kernel.run(
          item: item, outputTiles: pieces, input: one, output: output, epilogue: epilogue,
          scratch: scratch)
      }
    case .winograd:
      let kernel = ThreeTapWinograd(
        weights.buffer.pointer, outputs: layer.outputs, channels: channels, shape: layer.shape,
        pool: pool)
      let scratch = Memory(kernel.scratchBytes / 4 * pool.threadCount)
      nonisolated(unsafe) let base = UnsafeMutableRawPointer(scratch.buffer.pointer)
      let shared = Memory(kernel.sharedCount(pieces))
      nonisolated(unsafe) let target = shared.buffer.pointer
      memory += [scratch, shared]
      work = {
        for stage in ThreeTapWinograd.Stage.allCases {
          pool.run(kernel.itemCount(stage, pieces)) { item, worker in
            kernel.run(
              stage, item: item, tiles: pieces, input: one, output: output, epilogue: epilogue,
              shared: target, scratch: base + worker * kernel.scratchBytes)
          }
        }
        _ = kept
      }
    }
    self.memory = memory
  }

  func run() { work() }
}

final class PieceMemory {
  let buffer: AlignedBuffer<RowPiece>
  init(_ buffer: consuming AlignedBuffer<RowPiece>) { self.buffer = buffer }
}
