// Reductions over pixels and channels against the operations' references.

import Compute
import Testing

@testable import NeuralRender

@Suite struct ReductionKernelTests {
  @Test(
    arguments: imageShapes + fewChannelShapes + [
      [3, 70, 1000], [16, 90, 64], [65, 40, 29], [33, 2, 37], [48, 2, 21], [300, 1, 11],
    ])
  func reductions(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2], in: -1...3)
    for function: Reduction.Function in [.sum, .mean, .variance, .unbiasedVariance, .norm] {
      let rows = computeRows(of: x, 1) {
        ChannelReductionRows(function).row($0, $1, from: $2, to: $3)
      }
      let overChannels = Reduction(function, axes: [1]).reference([x])
      #expect(rows.map { largestError($0, overChannels) } ?? .infinity <= 1e-6, "\(function)")
      for gap in [0, 3] {
        let byChannel = reduced(x, function, gap: gap) { kernel, shared in
          var values = [Float](repeating: 0, count: shape[0])
          kernel.finish(
            height: shape[1], width: shape[2], shared: shared, byChannelTo: &values)
          return Tensor(shape: [1, shape[0], 1, 1], values)
        }
        let overPixels = Reduction(function, axes: [2, 3]).reference([x])
        #expect(largestError(byChannel, overPixels) <= 1e-6, "\(function)")
        let one = reduced(x, function, gap: gap) { kernel, shared in
          Tensor(
            shape: [1, 1, 1, 1],
            [kernel.finish(height: shape[1], width: shape[2], shared: shared)])
        }
        let overAll = Reduction(function, axes: [1, 2, 3]).reference([x])
        #expect(largestError(one, overAll) <= 1e-6, "\(function)")
      }
    }
  }

  private func reduced(
    _ x: Tensor, _ function: Reduction.Function, gap: Int,
    _ finish: (ReductionKernel, UnsafeMutableRawPointer) -> Tensor
  ) -> Tensor {
    let image = GappedImage(x, gap: gap)
    let (height, width) = (image.map.height, image.map.width)
    let kernel = ReductionKernel(function, channels: image.map.channels)
    let shared = Scratch(bytes: kernel.sharedBytes(height: height, width: width), threads: 1)
    for item in 0..<kernel.itemCount(height: height, width: width) {
      kernel.accumulate(item: item, from: image.map, shared: shared[0])
    }
    return withExtendedLifetime(image) { finish(kernel, shared[0]) }
  }

  /// Sums of infinities are infinite, and nothing traps.
  @Test func reductionsOfInfinities() {
    for channels in [3, 16, 17] {
      var values = randomImage(channels, 20, 30).elements
      values[40] = .infinity
      let x = Tensor(shape: [1, channels, 20, 30], values)
      for function: Reduction.Function in [.sum, .mean, .variance, .norm] {
        let found = reduced(x, function, gap: 0) { kernel, shared in
          Tensor(
            shape: [1, 1, 1, 1], [kernel.finish(height: 20, width: 30, shared: shared)])
        }
        let expected = Reduction(function, axes: [1, 2, 3]).reference([x])
        #expect(largestError(found, expected) == 0, "\(function)")
      }
    }
  }
}
