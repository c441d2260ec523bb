// Runs a layer and the roof in turn.

import Compute
import Foundation
import NeuralRender

func milliseconds(_ work: () -> Void) -> Double {
  let (seconds, attoseconds) = ContinuousClock().measure(work).components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Fused multiply-adds in registers only.
@inline(never)
func multiplyAddChain(_ count: Int, _ factor: SIMD16<Float>) -> SIMD16<Float> {
  var a = factor
  var b = a + a
  var c = b + a
  var d = c + a
  var e = d + a
  var f = e + a
  var g = f + a
  var h = g + a
  var i = h + a
  var j = i + a
  var k = j + a
  var l = k + a
  for _ in 0..<count {
    a = multiplyAdd(a, factor, factor)
    b = multiplyAdd(b, factor, factor)
    c = multiplyAdd(c, factor, factor)
    d = multiplyAdd(d, factor, factor)
    e = multiplyAdd(e, factor, factor)
    f = multiplyAdd(f, factor, factor)
    g = multiplyAdd(g, factor, factor)
    h = multiplyAdd(h, factor, factor)
    i = multiplyAdd(i, factor, factor)
    j = multiplyAdd(j, factor, factor)
    k = multiplyAdd(k, factor, factor)
    l = multiplyAdd(l, factor, factor)
  }
  return a + b + c + d + e + f + (g + h + i + j + k + l)
}

final class Bench {
  private let pool: WorkerPool
  private let repeats: Int

  init(pool: WorkerPool, repeats: Int) {
    self.pool = pool
    self.repeats = repeats
  }

  /// GFLOP/s of all workers.
  private func roof() -> Double {
    let count = 2_000_000
    let workers = pool.threadCount
    let sink = AlignedBuffer<SIMD16<Float>>(count: workers)
    nonisolated(unsafe) let results = sink.pointer
    let time = milliseconds {
      pool.run(workers) { index, _ in
        results[index] = multiplyAddChain(count, SIMD16(repeating: 0.999))
      }
    }
    return Double(count * 12 * 16 * 2 * workers) / time * 1e-6
  }

  func run(_ layer: Layer) {
    let prepared = PreparedLayer(layer, pool: pool)
    prepared.run()
    var times: [Double] = []
    var roofs: [Double] = []
    for _ in 0..<repeats {
      roofs.append(roof())
      times.append(milliseconds { prepared.run() })
    }
    let name = "kernel-\(layer.name)-\(pool.threadCount)"
    let time = median(times)
    let real = layer.real / time * 1e3
    print("\(name),ms_median,\(time)")
    print("\(name),ms_min,\(times.min() ?? time)")
    print("\(name),nominal_gflops,\(layer.nominal / time * 1e3)")
    print("\(name),real_gflops,\(real)")
    print("\(name),share_of_roof,\(real / median(roofs))")
  }
}

/// A layer with random weights and input, ready to run.
final class PreparedLayer {
  private let pool: WorkerPool
  private let memory: [Memory]
  private let work: () -> Void

  private final class Memory: @unchecked Sendable {
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
      case .direct: layer.outputSide
      case .upsampled: side
      case .winograd: (layer.outputSide + 3) / 4
      }
    let list = [RowPiece].all(height: gridSide, width: gridSide)
    let held = AlignedBuffer<RowPiece>(count: list.count)
    for (index, piece) in list.enumerated() { held[index] = piece }
    let pieces = RowPieces(held.pointer, count: list.count)
    let kept = PieceMemory(held)
    var memory = [first, second, result]
    switch layer.kind {
    case .direct:
      let kernel = DirectConvolution(
        weights.buffer.pointer, outputs: layer.outputs, parts: layer.parts, shape: layer.shape)
      let scratch = Memory(kernel.scratchBytes / 4 * pool.threadCount)
      nonisolated(unsafe) let base = UnsafeMutableRawPointer(scratch.buffer.pointer)
      memory.append(scratch)
      work = {
        pool.run(kernel.itemCount(pieces)) { item, worker in
          kernel.run(
            item: item, pieces: pieces, inputs: inputs, output: output, epilogue: epilogue,
            scratch: base + worker * kernel.scratchBytes)
        }
        _ = kept
      }
    case .upsampled:
      let kernel = UpsampledConvolution(
        weights.buffer.pointer, outputs: layer.outputs, parts: layer.parts)
      let scratch = Memory(kernel.scratchBytes / 4 * pool.threadCount)
      nonisolated(unsafe) let base = UnsafeMutableRawPointer(scratch.buffer.pointer)
      memory.append(scratch)
      work = {
        pool.run(kernel.itemCount(one)) { item, worker in
          kernel.run(
            item: item, pieces: pieces, inputs: inputs, output: output, epilogue: epilogue,
            scratch: base + worker * kernel.scratchBytes)
        }
        _ = kept
      }
    case .winograd:
      let kernel = WinogradConvolution(
        weights.buffer.pointer, outputs: layer.outputs, channels: channels, shape: layer.shape,
        pool: pool)
      let scratch = Memory(kernel.scratchBytes / 4 * pool.threadCount)
      nonisolated(unsafe) let base = UnsafeMutableRawPointer(scratch.buffer.pointer)
      let found = AlignedBuffer<RowPiece>(count: kernel.inputPieceCapacity(pieces.count))
      let inputTiles = kernel.inputTiles(pieces, into: found.pointer)
      let keptTiles = PieceMemory(found)
      let transformed = Memory(kernel.transformedCount(inputTiles))
      nonisolated(unsafe) let target = transformed.buffer.pointer
      memory += [scratch, transformed]
      work = {
        pool.run(kernel.transformItemCount(inputTiles)) { item, worker in
          kernel.transform(
            item: item, inputTiles: inputTiles, input: one, transformed: target,
            scratch: base + worker * kernel.scratchBytes)
        }
        pool.run(kernel.multiplyItemCount(pieces)) { item, worker in
          kernel.multiply(
            item: item, outputTiles: pieces, inputTiles: inputTiles, transformed: target,
            output: output, epilogue: epilogue,
            scratch: base + worker * kernel.scratchBytes)
        }
        _ = kept
        _ = keptTiles
      }
    }
    self.memory = memory
  }

  func run() { work() }
}

private final class PieceMemory {
  let buffer: AlignedBuffer<RowPiece>
  init(_ buffer: consuming AlignedBuffer<RowPiece>) { self.buffer = buffer }
}
