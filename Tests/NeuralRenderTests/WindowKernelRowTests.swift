import AllocationCounter
import Compute
import Testing

@testable import NeuralRender

/// What holds for the rows of all kernels of windows.
@Suite struct WindowKernelRowTests {
  /// What is read lies where the kernels say: all else may be NaN.
  @Test func readsAreTold() {
    let x = randomTensor([1, 5, 12, 14], seed: 12)
    let depthwise = DepthwiseConvolution(
      [Float](repeating: 1, count: 5 * 15), channels: 5,
      shape: WindowShape(kernelHeight: 3, kernelWidth: 5, stride: 2, top: 1, left: 2),
      input: x.imageSize, output: ImageSize(height: 6, width: 7),
      scale: [Float](repeating: 1, count: 5), bias: [Float](repeating: 0, count: 5))
    expectReads(x, 6, 7, { depthwise.rowsRead($0) }, { depthwise.columnsRead($0) }) {
      depthwise.row($0, $1, from: $2, to: $3)
    }
    let pooling = PoolingKernel(.mean(countsPadding: true), size: 3, stride: 2, padding: 1)
    expectReads(x, 6, 7, pooling.rowsRead, pooling.columnsRead) {
      pooling.row($0, $1, from: $2, to: $3)
    }
    let size = ImageSize(height: 30, width: 9)
    let bilinear = BilinearResizeKernel(input: x.imageSize, output: size, channels: x.shape[1])
    expectReads(x, 30, 9, { bilinear.rowsRead($0) }, { bilinear.columnsRead($0) }) {
      bilinear.row($0, $1, from: $2, to: $3)
    }
    let nearest = NearestResizeKernel(input: x.imageSize, output: size, channels: x.shape[1])
    expectReads(x, 30, 9, { nearest.rowsRead($0) }, { nearest.columnsRead($0) }) {
      nearest.row($0, $1, from: $2, to: $3)
    }
    let pad = PadKernel(top: 2, left: -1)
    expectReads(x, 14, 12, pad.rowsRead, pad.columnsRead) { pad.row($0, $1, from: $2, to: $3) }
    let toDepth = SpaceToDepthKernel(factor: 2)
    expectReads(x, 6, 7, toDepth.rowsRead, toDepth.columnsRead, channels: 20) {
      toDepth.row($0, $1, from: $2, to: $3)
    }
  }

  private func expectReads(
    _ x: Tensor, _ height: Int, _ width: Int, _ rows: (Int) -> Range<Int>,
    _ columns: (Int) -> Range<Int>, channels: Int = 5, _ row: WindowRow
  ) {
    let shape = [1, channels, height, width]
    let all = runWindowKernel(x, to: shape, row).output
    for (y, column) in [(0, 0), (height / 2, width / 2), (height - 1, width - 1)] {
      let source = MarginedImage(x.shape, margin: 0, fill: 0)
      source.set(x)
      for sourceY in 0..<x.shape[2] {
        for sourceX in 0..<x.shape[3]
        where !rows(y).contains(sourceY) || !columns(column).contains(sourceX) {
          source.map.pixel(sourceY, sourceX).update(repeating: .nan, count: x.shape[1])
        }
      }
      let target = MarginedImage(shape, margin: 0, fill: 0)
      row(y, column..<column + 1, source.map, target.map)
      for channel in 0..<channels {
        #expect(
          target.map.pixel(y, column)[channel] == all[(channel * height + y) * width + column])
      }
    }
  }

  /// Rows of every kernel, a second time, without an allocation.
  @Test(.enabled(if: allocation_counter_works())) func rowsAllocateNothing() {
    let x = randomTensor([1, 20, 12, 14], seed: 13)
    let source = MarginedImage(x.shape, margin: 0, fill: 0)
    source.set(x)
    let ones = [Float](repeating: 1, count: 20)
    let depthwise = DepthwiseConvolution(
      [Float](repeating: 1, count: 20 * 9), channels: 20,
      shape: WindowShape(kernelHeight: 3, kernelWidth: 3, top: 1, left: 1), input: x.imageSize,
      output: x.imageSize, scale: ones, bias: ones, activation: .silu)
    expectNoAllocations(source, [1, 20, 12, 14]) { depthwise.row($0, $1, from: $2, to: $3) }
    let few = DepthwiseConvolution(
      [Float](repeating: 1, count: 5 * 9), channels: 5,
      shape: WindowShape(kernelHeight: 3, kernelWidth: 3, top: 1, left: 1), input: x.imageSize,
      output: x.imageSize, scale: [1, 1, 1, 1, 1], bias: [0, 0, 0, 0, 0])
    expectNoAllocations(MarginedImage([1, 5, 12, 14], margin: 0, fill: 1), [1, 5, 12, 14]) {
      few.row($0, $1, from: $2, to: $3, residual: $3)
    }
    for function in [PoolingKernel.Function.maximum, .mean(countsPadding: false)] {
      for size in [3, 10] {
        let pooling = PoolingKernel(function, size: size, stride: 1, padding: size / 2)
        let shape = [1, 20, 13 - size % 2, 15 - size % 2]
        expectNoAllocations(source, shape) { pooling.row($0, $1, from: $2, to: $3) }
      }
    }
    let size = ImageSize(height: 30, width: 9)
    let nearest = NearestResizeKernel(input: x.imageSize, output: size, channels: x.shape[1])
    expectNoAllocations(source, [1, 20, 30, 9]) { nearest.row($0, $1, from: $2, to: $3) }
    let bilinear = BilinearResizeKernel(input: x.imageSize, output: size, channels: x.shape[1])
    expectNoAllocations(source, [1, 20, 30, 9]) { bilinear.row($0, $1, from: $2, to: $3) }
    let pad = PadKernel(top: 2, left: 2, border: .reflect)
    expectNoAllocations(source, [1, 20, 16, 18]) { pad.row($0, $1, from: $2, to: $3) }
    let toSpace = DepthToSpaceKernel(factor: 2)
    expectNoAllocations(source, [1, 5, 24, 28]) { toSpace.row($0, $1, from: $2, to: $3) }
    let toDepth = SpaceToDepthKernel(factor: 2)
    expectNoAllocations(source, [1, 80, 6, 7]) { toDepth.row($0, $1, from: $2, to: $3) }
  }

  private func expectNoAllocations(
    _ source: MarginedImage, _ shape: [Int], _ row: WindowRow,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let target = MarginedImage(shape, margin: 0, fill: 0)
    for y in 0..<shape[2] { row(y, 0..<shape[3], source.map, target.map) }
    let before = allocation_count_of_thread()
    for y in 0..<shape[2] { row(y, 0..<shape[3], source.map, target.map) }
    let count = allocation_count_of_thread() - before
    #expect(count == 0, sourceLocation: sourceLocation)
  }
}
