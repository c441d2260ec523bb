// Norms of each pixel's channels against the operations' references.

import Compute
import Testing

@testable import NeuralRender

@Suite struct PixelStatisticsTests {
  @Test(arguments: imageShapes + fewChannelShapes) func pixelNormalisation(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2], in: -1...3)
    let found = computeRows(of: x) { PixelNormalizationRows().row($0, $1, from: $2, to: $3) }
    let expected = PixelNormalization().reference([x])
    #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
  }

  @Test(arguments: imageShapes + fewChannelShapes) func layerNormalisation(_ shape: [Int]) {
    let channels = shape[0]
    let vectors = (0..<2).map { randomImage(channels, 1, 1, seed: 30 + $0).elements }
    for (range, bound) in [(-1...3, 2e-6), (999.98...1000.02, 1e-5)]
      as [(ClosedRange<Float>, Float)]
    {
      let x = randomImage(channels, shape[1], shape[2], in: range)
      let kernel = LayerNormalizationRows(
        channels: channels, weight: vectors[0], bias: vectors[1])
      let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
      let expected = LayerNormalization().reference(
        [channelsLast(x)] + vectors.map { Tensor(shape: [channels], $0) })
      #expect(
        found.map { largestError(channelsLast($0), expected) } ?? .infinity <= bound, "\(range)")
    }
  }

  /// 1 x H x W x C.
  private func channelsLast(_ x: Tensor) -> Tensor {
    let (channels, plane) = (x.shape[1], x.shape[2] * x.shape[3])
    let values = (0..<x.count).map { x[$0 % channels * plane + $0 / channels] }
    return Tensor(shape: [1, x.shape[2], x.shape[3], channels], values)
  }
}
