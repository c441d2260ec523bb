import AllocationCounter
import Compute
import Testing

@testable import NeuralRender

@Suite final class KernelAllocationTests {
  private let input = AlignedBuffer<Float>(count: 40 * 24 * 36, filledWith: 0.5)
  private let output = AlignedBuffer<Float>(count: 80 * 48 * 36, filledWith: 0)
  private let weights = [Float](repeating: 0.1, count: 36 * 36 * 49)

  private var image: FeatureMap {
    FeatureMap(input.pointer, height: 24, width: 40, channels: 36)
  }

  private func result(_ factor: Int) -> FeatureMap {
    FeatureMap(output.pointer, height: 24 * factor, width: 40 * factor, channels: 36)
  }

  /// Allocations of this thread in a second call of some work.
  private func allocations(_ work: () -> Void) -> UInt64 {
    work()
    let before = allocation_count_of_thread()
    work()
    return allocation_count_of_thread() - before
  }

  @Test(.enabled(if: allocation_counter_works())) func itemsAllocateNothing() {
    let pixels = [RowPiece].all(height: 24, width: 40)
    let tiles = [RowPiece].all(height: 6, width: 10)
    let epilogue = Epilogue(activation: .tanh, residual: result(1))
    let direct = DirectConvolution(
      weights, outputs: 36, parts: (36, 0),
      shape: ConvolutionShape(kernelHeight: 3, kernelWidth: 3, padding: 1, border: .reflect))
    let upsampled = UpsampledConvolution(weights, outputs: 36, parts: (36, 0))
    let transformed = TransformedUpsampling(weights, outputs: 36, parts: (36, 0))
    let strided = StridedWinograd(
      weights, outputs: 36, channels: 36,
      shape: ConvolutionShape(kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1))
    let winograd = ThreeTapWinograd(
      weights, outputs: 36, channels: 36,
      shape: ConvolutionShape(kernelHeight: 3, kernelWidth: 3, padding: 1))
    let long = LongWinograd(
      weights, outputs: 36, channels: 36,
      shape: ConvolutionShape(kernelHeight: 7, kernelWidth: 7, padding: 3))
    let memory = Scratch(
      bytes: [
        direct.scratchBytes, upsampled.scratchBytes, transformed.scratchBytes,
        winograd.scratchBytes, strided.scratchBytes, long.scratchBytes,
      ].max() ?? 0, threads: 1)
    let scratch = memory[0]
    pixels.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let pieces = RowPieces(start, count: list.count)
      #expect(
        allocations {
          for item in 0..<direct.itemCount(pieces) {
            direct.run(
              item: item, pieces: pieces, inputs: (image, nil), output: result(1),
              epilogue: epilogue, scratch: scratch)
          }
        } == 0)
      #expect(
        allocations {
          for item in 0..<upsampled.itemCount(image) {
            upsampled.run(
              item: item, pieces: pieces, inputs: (image, nil), output: result(2),
              epilogue: Epilogue(), scratch: scratch)
          }
        } == 0)
      #expect(
        allocations {
          let half = FeatureMap(output.pointer, height: 12, width: 20, channels: 36)
          for item in 0..<strided.itemCount(height: 12, width: 20) {
            strided.run(
              item: item, pieces: pieces, input: image, output: half, epilogue: Epilogue(),
              scratch: scratch)
          }
          for item in 0..<transformed.itemCount(image) {
            transformed.run(
              item: item, pieces: pieces, inputs: (image, nil), output: result(2),
              epilogue: Epilogue(), scratch: scratch)
          }
        } == 0)
    }
    tiles.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { return }
      let list = RowPieces(start, count: list.count)
      let shared = AlignedBuffer<Float>(count: winograd.sharedCount(list))
      #expect(
        allocations {
          for stage in ThreeTapWinograd.Stage.allCases {
            for item in 0..<winograd.itemCount(stage, list) {
              winograd.run(
                stage, item: item, tiles: list, input: image, output: result(1),
                epilogue: epilogue, shared: shared.pointer, scratch: scratch)
            }
          }
          for item in 0..<long.itemCount(height: 24, width: 40) {
            long.run(
              item: item, outputTiles: list, input: image, output: result(1),
              epilogue: epilogue, scratch: scratch)
          }
        } == 0)
      _ = consume shared
    }
    withExtendedLifetime(memory) {}
  }

  @Test(.enabled(if: allocation_counter_works()), arguments: [3, 16, 24, 36])
  func rowsOfPixelsAllocateNothing(_ channels: Int) {
    let (source, target) = (image.slice(from: 0, count: channels), result(1))
    let output = target.slice(from: 0, count: channels)
    let (softmax, norm) = (ChannelSoftmax(channels: channels), PixelNormalizationRows())
    let layer = LayerNormalizationRows(channels: channels)
    let variance = ChannelReductionRows(.variance)
    let scratch = Scratch(bytes: softmax.scratchBytes, threads: 1)
    #expect(
      allocations {
        for y in 0..<source.height {
          softmax.row(y, 0..<37, from: source, to: output, scratch: scratch[0])
          norm.row(y, 0..<37, from: source, to: output)
          layer.row(y, 0..<37, from: source, to: output)
          variance.row(y, 0..<37, from: source, to: target.slice(from: 0, count: 1))
        }
      } == 0)
  }
}
