// Kernels of functions, arithmetic and statistics against the operations' references.

import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// An image in memory of its own, with gaps between pixels and rows that must stay as they are.
final class GappedImage {
  private let memory: AlignedBuffer<Float>
  let map: FeatureMap
  private let gap: Int

  /// - Parameter gap: floats between pixels; rows are a pixel further apart. 0 packs all.
  init(_ channels: Int, _ height: Int, _ width: Int, gap: Int = 0) {
    let pixelStride = channels + gap
    let rowStride = width * pixelStride + (gap > 0 ? pixelStride : 0)
    memory = AlignedBuffer(count: max(height * rowStride, 1), filledWith: untouched)
    map = FeatureMap(
      memory.pointer + gap / 2, height: height, width: width, channels: channels,
      pixelStride: pixelStride, rowStride: rowStride)
    self.gap = gap
  }

  /// - Parameter tensor: 1 x C x H x W.
  convenience init(_ tensor: Tensor, gap: Int = 0) {
    self.init(tensor.shape[1], tensor.shape[2], tensor.shape[3], gap: gap)
    forEach { pointer, index in pointer.pointee = tensor[index] }
  }

  /// 1 x C x H x W.
  var tensor: Tensor {
    var values = [Float](repeating: 0, count: map.channels * map.height * map.width)
    forEach { pointer, index in values[index] = pointer.pointee }
    return Tensor(shape: [1, map.channels, map.height, map.width], values)
  }

  var gapsAreUntouched: Bool {
    var isInside = [Bool](repeating: false, count: memory.count)
    forEach { pointer, _ in isInside[pointer - memory.pointer] = true }
    return isInside.indices.allSatisfy { isInside[$0] || memory[$0] == untouched }
  }

  private func forEach(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
    for c in 0..<map.channels {
      for y in 0..<map.height {
        for x in 0..<map.width {
          body(map.pixel(y, x) + c, (c * map.height + y) * map.width + x)
        }
      }
    }
  }
}

/// Random images, 1 x C x H x W.
func randomImage(
  _ channels: Int, _ height: Int, _ width: Int, seed: UInt64 = 1,
  in range: ClosedRange<Float> = -2...2
) -> Tensor {
  var generator = SeededGenerator(state: seed)
  return Tensor(
    shape: [1, channels, height, width],
    (0..<channels * height * width).map { _ in .random(in: range, using: &generator) })
}

/// The largest difference divided by the largest expected magnitude; infinite where shapes, infinities
/// or what is not a number differ.
func largestError(_ found: Tensor, _ expected: Tensor) -> Float {
  guard found.shape == expected.shape else { return .infinity }
  var (worst, largest) = (Float(0), Float.leastNormalMagnitude)
  for (one, other) in zip(found.elements, expected.elements) {
    if one == other || (one.isNaN && other.isNaN) { continue }
    guard (one - other).isFinite else { return .infinity }
    worst = max(worst, abs(one - other))
  }
  for value in expected.elements where value.isFinite { largest = max(largest, abs(value)) }
  return worst / largest
}

/// Computes an image by rows: whole and in pieces, packed and with gaps. All ways must give the same
/// bits and leave the gaps alone.
///
/// - Returns: nil where they do not.
func computeRows(
  _ channels: Int, _ height: Int, _ width: Int,
  _ row: (_ y: Int, _ columns: Range<Int>, _ target: FeatureMap, _ gap: Int) -> Void
) -> Tensor? {
  var results: [Tensor] = []
  for (gap, piece) in [(0, max(width, 1)), (0, 1), (0, 5), (3, max(width, 1)), (6, 2)] {
    let target = GappedImage(channels, height, width, gap: gap)
    for y in 0..<height {
      for x in stride(from: 0, to: width, by: piece).reversed() {
        row(y, x..<min(x + piece, width), target.map, gap)
      }
    }
    guard target.gapsAreUntouched else { return nil }
    results.append(target.tensor)
  }
  let bits = results.map { $0.elements.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }
  return bits.allSatisfy { $0 == bits[0] } ? results[0] : nil
}

/// The same for a function of one image.
func computeRows(
  of source: Tensor, _ channels: Int? = nil,
  _ row: (_ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap) -> Void
) -> Tensor? {
  let images = [0, 3, 6].map { (gap: $0, image: GappedImage(source, gap: $0)) }
  return computeRows(channels ?? source.shape[1], source.shape[2], source.shape[3]) {
    y, columns, target, gap in
    for (own, image) in images where own == gap { row(y, columns, image.map, target) }
  }
}

let imageShapes = [
  [1, 1, 1], [1, 3, 29], [3, 7, 13], [5, 1, 40], [16, 4, 9], [17, 5, 6], [40, 3, 11], [64, 2, 5],
]

let elementwiseFunctions: [Elementwise.Function] = [
  .leakyReLU(slope: 0.2, gain: 1.5), .leakyReLU(slope: 0, gain: 1), .silu,
  .gelu(approximate: false), .gelu(approximate: true), .tanh, .sigmoid, .softplus, .exp, .log,
  .absolute, .square, .squareRoot, .reciprocalSquareRoot, .clamp(-0.5...0.75),
  .affine(scale: -1.25, offset: 0.3),
]

@Suite struct StatisticsKernelTests {
  /// Every function over all magnitudes, within 3e-7 of the value where nothing else is said.
  @Test(arguments: elementwiseFunctions) func functions(_ function: Elementwise.Function) {
    var inputs: [Float] = []
    for bits in stride(from: Float(0x1p-30).bitPattern, to: Float(128).bitPattern, by: 4111) {
      inputs += [Float(bitPattern: bits), -Float(bitPattern: bits)]
    }
    for bits in stride(from: UInt32(1), to: Float.infinity.bitPattern, by: 190_001) {
      inputs += [Float(bitPattern: bits), -Float(bitPattern: bits)]
    }
    var outputs = [Float](repeating: 0, count: inputs.count)
    FunctionRows(function).apply(inputs.count, inputs, &outputs)
    var worst = (share: 0.0, input: Float(0), output: Float(0))
    for (input, output) in zip(inputs, outputs) {
      let exact = function.value(Double(input))
      if Float(exact) == output || (exact.isNaN && output.isNaN) { continue }
      let allowed: Double =
        switch function {
        case .gelu: 1e-6 * max(1, Double(abs(input)))
        case .tanh, .sigmoid: 2e-7
        case .affine: 3e-7 * max(abs(exact), 0.3)
        // Beyond 88 the exponential in the denominator overflows.
        case .silu: max(3e-7 * abs(exact), 1e-36)
        default: max(3e-7 * abs(exact), 3e-45)
        }
      let share = abs(Double(output) - exact) / allowed
      if !(share <= worst.share) { worst = (share, input, output) }
    }
    #expect(worst.share <= 1, "\(function): \(worst)")
  }

  @Test(arguments: elementwiseFunctions) func specialValues(_ function: Elementwise.Function) {
    let inputs: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude,
      -Float.leastNonzeroMagnitude, 88.7, 88.8,
      -103.9, -104.1, 1e30,
      -1e30, 3e38, -3e38, 1,
    ]
    var outputs = [Float](repeating: 0, count: inputs.count)
    FunctionRows(function).apply(inputs.count, inputs, &outputs)
    for (input, output) in zip(inputs, outputs) {
      let expected = Float(function.value(Double(input)))
      if expected.isNaN || !expected.isFinite {
        #expect(
          expected.isNaN ? output.isNaN : output == expected, "\(function)(\(input)): \(output)")
      } else {
        #expect(
          abs(output - expected) <= 1e-6 * max(abs(expected), 1e-30),
          "\(function)(\(input)): \(output)")
      }
    }
  }

  @Test(arguments: imageShapes) func functionRows(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2])
    for function in elementwiseFunctions {
      let found = computeRows(of: x) { FunctionRows(function).row($0, $1, from: $2, to: $3) }
      let expected = Elementwise(function).reference([x])
      #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6, "\(function)")
    }
  }

  @Test(arguments: imageShapes) func arithmeticStretchesOperands(_ shape: [Int]) {
    let functions: [Arithmetic.Function] = [
      .add, .subtract, .multiply, .divide, .minimum, .maximum, .less,
    ]
    for stretched in 0..<16 {
      // Which axes of the one operand, or of the other, have the extent 1.
      let one = (0..<3).map { stretched >> $0 & 1 == 1 && stretched < 8 ? 1 : shape[$0] }
      let other = (0..<3).map { stretched >> $0 & 1 == 1 && stretched >= 8 ? 1 : shape[$0] }
      let a = special(randomImage(one[0], one[1], one[2], seed: 2))
      let b = special(randomImage(other[0], other[1], other[2], seed: 3))
      for function in functions {
        let found = computeRows(shape[0], shape[1], shape[2]) { y, columns, target, gap in
          let (left, right) = (GappedImage(a, gap: gap), GappedImage(b, gap: gap))
          withExtendedLifetime((left, right)) {
            ArithmeticRows(function).row(y, columns, left.map, right.map, to: target)
          }
        }
        let expected = Arithmetic(function).reference([a, b])
        #expect(found.map { largestError($0, expected) } == 0, "\(function) \(stretched)")
      }
    }
  }

  /// Some elements infinite, 0 or not a number.
  private func special(_ image: Tensor) -> Tensor {
    let values = image.elements.enumerated().map { index, value in
      [7: Float.nan, 11: 0, 17: .infinity][index % 23] ?? value
    }
    return Tensor(shape: image.shape, values)
  }

  @Test(arguments: imageShapes) func selection(_ shape: [Int]) {
    for stretched in 0..<8 {
      let one = (0..<3).map { stretched >> $0 & 1 == 1 ? 1 : shape[$0] }
      let condition = special(randomImage(one[0], one[1], one[2], seed: 4))
      let zeros = Tensor(
        shape: condition.shape, condition.elements.map { $0 > 0.5 || $0.isNaN ? $0 : 0 })
      let a = special(randomImage(shape[0], shape[1], shape[2], seed: 5))
      let b = randomImage(shape[0], 1, 1, seed: 6)
      let found = computeRows(shape[0], shape[1], shape[2]) { y, columns, target, gap in
        let images = [zeros, a, b].map { GappedImage($0, gap: gap) }
        withExtendedLifetime(images) {
          SelectRows().row(
            y, columns, condition: images[0].map, images[1].map, else: images[2].map, to: target)
        }
      }
      #expect(found.map { largestError($0, Select().reference([zeros, a, b])) } == 0)
    }
  }

  @Test(arguments: imageShapes) func parametricRectifier(_ shape: [Int]) {
    let channels = shape[0]
    let x = randomImage(channels, shape[1], shape[2])
    let vectors = (0..<3).map { randomImage(channels, 1, 1, seed: 10 + $0).elements }
    for slope in [vectors[0], [0.25]] {
      let kernel = PReLURows(channels: channels, slope: slope)
      let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
      let expected = PReLU().reference([x, Tensor(shape: [slope.count], slope)])
      #expect(found.map { largestError($0, expected) } == 0)
    }
    let kernel = PReLURows(
      channels: channels, slope: vectors[0], scale: vectors[1], offset: vectors[2])
    let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
    let plane = shape[1] * shape[2]
    let scaled = Tensor(
      shape: x.shape,
      x.elements.enumerated().map { index, value in
        value * vectors[1][index / plane] + vectors[2][index / plane]
      })
    let expected = PReLU().reference([scaled, Tensor(shape: [channels], vectors[0])])
    #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
  }

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
        #expect(abs(Double(factors.offset[channel]) / (-mean * scale) - 1) <= 1e-6)
      }
      _ = consume memory
    }
  }

  @Test(arguments: imageShapes) func pixelNormalisation(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2], in: -1...3)
    let found = computeRows(of: x) { PixelNormalizationRows().row($0, $1, from: $2, to: $3) }
    let expected = PixelNormalization().reference([x])
    #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
  }

  @Test(arguments: imageShapes) func layerNormalisation(_ shape: [Int]) {
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

  @Test(arguments: imageShapes + [[3, 70, 1000], [16, 90, 64], [65, 40, 29]])
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
