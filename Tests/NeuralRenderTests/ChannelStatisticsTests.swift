// Statistics of groups of channels against the operations' references.

import Compute
import Testing

@testable import NeuralRender

@Suite struct ChannelStatisticsTests {
  /// Group, instance and layer normalisation of images, by statistics and factors.
  @Test(arguments: imageShapes + [[3, 70, 1000], [16, 90, 64], [65, 40, 29], [600, 5, 300]])
  func groupNormalisation(_ shape: [Int]) {
    let channels = shape[0]
    let x = randomImage(channels, shape[1], shape[2], in: -1...3)
    let vectors = (0..<2).map { randomImage(channels, 1, 1, seed: 20 + $0).elements }
    for groups in [1, channels, channels % 5 == 0 ? 5 : channels] {
      for isAffine in [false, true] {
        let found = normalised(x, groups: groups, affine: isAffine ? vectors : nil)
        let factors = isAffine ? vectors.map { Tensor(shape: [channels], $0) } : []
        let expected = GroupNormalization(groups: groups).reference([x] + factors)
        #expect(
          found.map { relativeError($0, expected) } ?? .infinity <= 1e-5,
          "\(groups) \(isAffine)")
      }
    }
  }

  /// All rows with the factors of the packed image: those of others add in another order.
  private func normalised(_ x: Tensor, groups: Int, affine: [[Float]]?) -> Tensor? {
    let channels = x.shape[1]
    let memory = AlignedBuffer<Float>(count: ChannelFactors.floats(channels: channels))
    let factors = ChannelFactors(memory.pointer, channels: channels)
    let image = GappedImage(x)
    setFactors(factors, image.map, groups: groups, affine: affine)
    withExtendedLifetime(image) {}
    let rows = ChannelFactorRows(activation: .none)
    let result = computeRows(of: x) { rows.row($0, $1, from: $2, to: $3, factors: factors) }
    _ = consume memory
    return result
  }

  private func setFactors(
    _ factors: ChannelFactors, _ image: FeatureMap, groups: Int, affine: [[Float]]?
  ) {
    let kernel = ChannelStatistics(channels: image.channels, groups: groups, epsilon: 1e-5)
    let (height, width) = (image.height, image.width)
    let shared = Scratch(bytes: kernel.sharedBytes(height: height, width: width), threads: 1)
    for item in (0..<kernel.itemCount(height: height, width: width)).reversed() {
      kernel.accumulate(item: item, from: image, shared: shared[0])
    }
    kernel.finish(
      height: height, width: width, shared: shared[0], weight: affine?[0], bias: affine?[1],
      to: factors)
  }

  /// What is applied keeps the tolerance too, through a whole step with what follows the norm.
  @Test(arguments: [1, 3, 16, 33], [1, 2]) func normalisationOfLargeMeans(
    _ channels: Int, _ images: Int
  ) throws {
    let x = Tensor(
      shape: [images, channels, 60, 71],
      (0..<images).flatMap {
        randomImage(channels, 60, 71, seed: UInt64($0), in: 999.98...1000.02).elements
      })
    for groups in [1, channels] {
      var graph = Graph()
      let input = graph.input("x", shape: x.shape)
      let factor = graph.input("factor", shape: [1, channels, 1, 1])
      let normal = try graph.groupNormalization(
        input, groups: groups,
        affine: (
          graph.parameter("weight", shape: [channels]), graph.parameter("bias", shape: [channels])
        ))
      graph.output("y", try graph.leakyReLU(graph.multiply(normal, factor), slope: 0.3))
      let parameters = PlanTests.parameters(of: [graph], seed: 3)
      let inputs = ["x": x, "factor": randomImage(channels, 1, 1, seed: 7)]
      let found = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2)).run(inputs)
      let expected = try ReferenceExecutor(graph, parameters: parameters).run(inputs)
      let (one, other) = (try #require(found["y"]), try #require(expected["y"]))
      #expect(relativeError(one, other) <= 1e-5, "\(groups)")
    }
  }

  /// Numbers whose deviation is a hundred thousandth of their mean, and a border of others.
  @Test(arguments: [1, 3, 16, 33]) func statisticsOfLargeMeans(_ channels: Int) {
    for gap in [0, 3] {
      let plain = randomImage(channels, 300, 217, in: 999.98...1000.02)
      let values = plain.elements.enumerated().map { index, value in
        index % 217 == 0 ? value - 1 : value
      }
      let x = Tensor(shape: plain.shape, values)
      let memory = AlignedBuffer<Float>(count: ChannelFactors.floats(channels: channels))
      let factors = ChannelFactors(memory.pointer, channels: channels)
      let image = GappedImage(x, gap: gap)
      setFactors(factors, image.map, groups: channels, affine: nil)
      withExtendedLifetime(image) {}
      for channel in 0..<channels {
        let plane = values[channel * 300 * 217..<(channel + 1) * 300 * 217].map(Double.init)
        let mean = plane.reduce(0, +) / Double(plane.count)
        let variance = plane.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(plane.count)
        let scale = 1 / (variance + Double(Float(1e-5))).squareRoot()
        #expect(abs(Double(factors.scale[channel]) / scale - 1) <= 1e-6)
        let offset = Double(factors.offset[channel]) - Double(factors.centre[channel]) * scale
        #expect(abs(offset + mean * scale) <= 1e-6)
      }
      _ = consume memory
    }
  }
}
