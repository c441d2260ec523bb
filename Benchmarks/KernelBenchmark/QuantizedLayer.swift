// A layer of bytes with random weights and input.

import Compute
import NeuralRender

/// Bytes in and out: what a layer inside the network does.
final class QuantizedMemory: @unchecked Sendable {
  // Sendable: items of work write disjoint parts of it.
  private let layer: Layer
  private let pool: WorkerPool
  private let inputs: AlignedBuffer<UInt8>
  private let result: AlignedBuffer<UInt8>
  private let pieceMemory: AlignedBuffer<RowPiece>
  private let scratch: AlignedBuffer<UInt8>
  private let scratchBytes = 2 << 20

  init(_ layer: Layer, _ pool: WorkerPool) {
    self.layer = layer
    self.pool = pool
    let pixels = layer.side * layer.side
    inputs = AlignedBuffer(count: pixels * (layer.parts.0 + 3 + layer.parts.1 + 3))
    var state: UInt32 = 1
    for index in 0..<inputs.count {
      state = state &* 1_664_525 &+ 1_013_904_223
      inputs[index] = UInt8(state >> 24)
    }
    result = AlignedBuffer(count: layer.outputSide * layer.outputSide * (layer.outputs + 3))
    let side = layer.kind == .upsampled ? layer.side : layer.outputSide
    let list = [RowPiece].all(height: side, width: side)
    pieceMemory = AlignedBuffer(count: list.count)
    for (index, piece) in list.enumerated() { pieceMemory[index] = piece }
    scratch = AlignedBuffer(count: scratchBytes * pool.threadCount)
  }

  private func quantization(_ channels: Int) -> ChannelQuantization {
    ChannelQuantization(
      scale: [Float](repeating: 1 / 256, count: channels),
      zero: [UInt8](repeating: 128, count: channels))
  }

  func work(
    _ weights: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> () -> Void {
    let side = layer.side
    let one = ByteMap(inputs.pointer, height: side, width: side, channels: layer.parts.0)
    let two = ByteMap(
      inputs.pointer + side * one.rowStride, height: side, width: side, channels: layer.parts.1)
    let images = (one, layer.parts.1 > 0 ? two : nil)
    let quantizations =
      [quantization(layer.parts.0)] + (layer.parts.1 > 0 ? [quantization(layer.parts.1)] : [])
    let target = ByteMap(
      result.pointer, height: layer.outputSide, width: layer.outputSide, channels: layer.outputs)
    let epilogue = Epilogue(
      activation: layer.activation,
      bytes: ByteOutput(target, ByteScaling(quantization(layer.outputs))))
    let pieces = RowPieces(pieceMemory.pointer, count: pieceMemory.count)
    nonisolated(unsafe) let scratch = scratch.pointer
    @Sendable func memory(_ worker: Int) -> UnsafeMutableRawPointer {
      UnsafeMutableRawPointer(scratch + worker * scratchBytes)
    }
    if layer.kind == .upsampled {
      let kernel = UpsampledConvolution(
        quantizing: weights, outputs: layer.outputs, inputs: quantizations)
      return {
        self.pool.run(kernel.itemCount(one)) { item, worker in
          kernel.run(
            item: item, pieces: pieces, inputs: images, output: nil, epilogue: epilogue,
            scratch: memory(worker))
        }
      }
    }
    let kernel = DirectConvolution(
      quantizing: weights, outputs: layer.outputs, inputs: quantizations, shape: layer.shape)
    return {
      self.pool.run(kernel.itemCount(pieces)) { item, worker in
        kernel.run(
          item: item, pieces: pieces, inputs: images, output: nil, epilogue: epilogue,
          scratch: memory(worker))
      }
    }
  }
}
