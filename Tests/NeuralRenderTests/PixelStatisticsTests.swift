// Norms of each pixel's channels against the operations' references.

import Compute
import Testing

@testable import NeuralRender

/// Batches of sixteen pixels and what they leave over; channels of one to four vectors and of more.
private let batchShapes = [
  [1, 1, 37], [2, 2, 35], [3, 1, 50], [6, 1, 33], [9, 1, 33], [15, 1, 34], [16, 2, 37],
  [17, 1, 35],
  [31, 1, 19], [33, 1, 21], [48, 1, 18], [63, 1, 19], [65, 1, 18], [100, 1, 17], [300, 1, 13],
  [512, 1, 9], [1030, 1, 6],
]

@Suite struct PixelStatisticsTests {
  @Test(arguments: imageShapes + fewChannelShapes + batchShapes)
  func pixelNormalisation(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2], in: -1...3)
    let found = computeRows(of: x) { PixelNormalizationRows().row($0, $1, from: $2, to: $3) }
    let expected = PixelNormalization().reference([x])
    #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
  }

  @Test(arguments: imageShapes + fewChannelShapes + batchShapes)
  func layerNormalisation(_ shape: [Int]) {
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

  /// Variances far below epsilon, none at all, and means of 1e5 deviations without one.
  @Test(arguments: [3, 8, 16, 33, 300]) func smallVariances(_ channels: Int) {
    let kernel = LayerNormalizationRows(channels: channels)
    for range in [0...1e-6, 5...5, -3.0001 ... -3] as [ClosedRange<Float>] {
      let x = randomImage(channels, 2, 37, in: range)
      let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
      let expected = LayerNormalization().reference([channelsLast(x)])
      let worst = found.map {
        zip(channelsLast($0).elements, expected.elements).map { abs($0 - $1) }.max() ?? 0
      }
      #expect(worst ?? .infinity <= 1e-6, "\(range)")
    }
  }

  /// Source and target may be the same memory.
  @Test(arguments: [1, 5, 8, 15, 16, 17, 40, 64, 70, 300]) func inPlace(_ channels: Int) {
    let x = randomImage(channels, 2, 37, in: -1...3)
    let pixel = PixelNormalizationRows()
    let layer = LayerNormalizationRows(channels: channels)
    for gap in [0, 3] {
      for isLayer in [false, true] {
        func row(_ y: Int, _ source: FeatureMap, _ target: FeatureMap) {
          isLayer
            ? layer.row(y, 0..<37, from: source, to: target)
            : pixel.row(y, 0..<37, from: source, to: target)
        }
        let (image, other) = (GappedImage(x, gap: gap), GappedImage(channels, 2, 37, gap: gap))
        for y in 0..<2 { row(y, image.map, other.map) }
        for y in 0..<2 { row(y, image.map, image.map) }
        #expect(image.tensor == other.tensor && image.gapsAreUntouched, "\(gap) \(isLayer)")
      }
    }
  }

  /// What is not a number stays in its pixel.
  @Test(arguments: [3, 16, 40, 300]) func notANumber(_ channels: Int) {
    var values = randomImage(channels, 1, 37).elements
    (values[5], values[20]) = (.nan, .infinity)
    let x = Tensor(shape: [1, channels, 1, 37], values)
    let layer = LayerNormalizationRows(channels: channels)
    let found = [
      computeRows(of: x) { PixelNormalizationRows().row($0, $1, from: $2, to: $3) },
      computeRows(of: x) { layer.row($0, $1, from: $2, to: $3) },
    ]
    for (index, image) in found.enumerated() {
      guard let image else {
        Issue.record("bits depend on the columns asked for")
        continue
      }
      for place in values.indices {
        let expectsNaN =
          switch place % 37 {
          case 5: true
          case 20: index == 1 || place == 20
          default: false
          }
        #expect(image[place].isNaN == expectsNaN, "\(index) \(place)")
      }
    }
  }

  /// 1 x H x W x C.
  private func channelsLast(_ x: Tensor) -> Tensor {
    let (channels, plane) = (x.shape[1], x.shape[2] * x.shape[3])
    let values = (0..<x.count).map { x[$0 % channels * plane + $0 / channels] }
    return Tensor(shape: [1, x.shape[2], x.shape[3], channels], values)
  }
}
