// Random networks of every kind of step for tests of regions.

import Compute
import TestSupport

@testable import NeuralRender

struct RegionGraph {
  private(set) var graph = Graph()
  private(set) var parameters = Parameters()

  private var random: SeededGenerator
  private var tensors: [String: Tensor] = [:]

  /// Inputs `x` (three channels), which changes by region, `everywhere` (two) of the same size, and
  /// `texture`; outputs of full and of other sizes.
  init(height: Int, width: Int, layers: Int, seed: UInt64) throws {
    random = SeededGenerator(state: seed)
    let frame = graph.input("x", shape: [1, 3, height, width])
    let everywhere = graph.input("everywhere", shape: [1, 2, height, width])
    let texture = graph.input("texture", shape: [1, 4, 5, 6])
    let coordinates = try graph.transpose(graph.channels(frame, 0..<2), [0, 2, 3, 1])
    let sampled = try graph.gridSample(texture, grid: coordinates, alignsCorners: true)
    var values = [frame, try graph.concatenate([sampled, frame])]
    for _ in 0..<layers { values.append(try layer(values)) }
    let last = values[values.count - 1]
    graph.output("last", last)
    graph.output("some", try graph.channels(values[values.count - 2], 0..<1))
    if let full = values.dropFirst(2).last(where: { $0.shape[2...] == [height, width] }) {
      let colours = try convolution(full, outputs: 2, size: 3, padding: Padding(1))
      graph.output(
        "blend",
        try graph.blend(
          colours, everywhere, mask: graph.sigmoid(graph.channels(full, 0..<1))))
    }
    parameters = Parameters(tensors)
  }

  private mutating func parameter(_ shape: [Int], scale: Float = 1) throws -> Graph.Value {
    let key = "p\(tensors.count)"
    tensors[key] = Tensor(
      shape: shape,
      (0..<shape.reduce(1, *)).map { _ in Float.random(in: -scale...scale, using: &random) })
    return try graph.parameter(key, shape: shape)
  }

  private mutating func convolution(
    _ x: Graph.Value, outputs: Int, size: Int, stride: Int = 1, padding: Padding
  ) throws -> Graph.Value {
    let channels = x.shape[1]
    let scale = 2 / Float(channels * size * size).squareRoot()
    return try graph.convolution(
      x, weight: parameter([outputs, channels, size, size], scale: scale),
      bias: parameter([outputs]), stride: stride, padding: padding)
  }

  /// A layer on one of the last values, now and then on an earlier one.
  private mutating func layer(_ values: [Graph.Value]) throws -> Graph.Value {
    let x = values[
      Bool.random(using: &random)
        ? values.count - 1 : Int.random(in: 0..<values.count, using: &random)]
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    func modes(_ reach: Int) -> [Padding.Mode] {
      min(height, width) > reach ? [.zeros, .reflect, .replicate] : [.zeros, .replicate]
    }
    switch Int.random(in: 0..<20, using: &random) {
    case 0:
      let size = [1, 3, 5].randomElement(using: &random) ?? 3
      let mode = modes(size / 2).randomElement(using: &random) ?? .zeros
      return try graph.tanh(
        convolution(x, outputs: 5, size: size, padding: Padding(size / 2, mode)))
    case 1, 2, 3:
      // Wide enough for Winograd's transforms.
      let wide =
        channels >= 32 ? x : try convolution(x, outputs: 36, size: 1, padding: Padding(0))
      let size = [3, 7].randomElement(using: &random) ?? 3
      let mode = modes(size / 2).randomElement(using: &random) ?? .zeros
      let y = try convolution(wide, outputs: 36, size: size, padding: Padding(size / 2, mode))
      return wide.shape[1] == 36 ? try graph.add(wide, y) : try graph.leakyReLU(y, slope: 0.2)
    case 4 where min(height, width) >= 6:
      let size = [2, 3, 4].randomElement(using: &random) ?? 3
      return try graph.leakyReLU(
        convolution(x, outputs: 8, size: size, stride: 2, padding: Padding(1)), slope: 0.1)
    case 5,
      6 where max(height, width) <= 48:
      let other = values.last { $0.shape[2...] == x.shape[2...] && $0 != x }
      let joined = try other.map { try graph.concatenate([x, $0]) } ?? x
      return try convolution(
        graph.doubledBilinear(joined), outputs: 6, size: 3, padding: Padding(1))
    case 7:
      let others = values.filter { $0.shape[2...] == x.shape[2...] }
      return try graph.concatenate([x] + others.suffix(2))
    case 8:
      guard let other = values.last(where: { $0.shape == x.shape && $0 != x }) else { fallthrough }
      return try graph.add(x, other)
    case 9:
      return try graph.multiply(x, graph.channels(x, channels - 1..<channels))
    case 10:
      let y = try graph.batchNormalization(
        x, mean: parameter([channels]),
        variance: graph.constant(Tensor(shape: [channels], Array(repeating: 2, count: channels))),
        affine: (parameter([channels]), parameter([channels])))
      return try graph.leakyReLU(y, slope: 0.3, gain: 1.2)
    case 11:
      return try graph.concatenate([parameter([1, 2, height, width]), graph.clamp(x, to: -2...1)])
    case 12:
      return try graph.convolution(
        x, weight: parameter([channels, 1, 3, 3]), groups: channels,
        padding: Padding(left: 1, right: 0, top: 2, bottom: 1, mode: .replicate))
    case 13 where min(height, width) >= 4:
      return try graph.averagePool(graph.maximumPool(x, size: 3, stride: 1), size: 2, stride: 2)
    case 14 where max(height, width) <= 48:
      return try graph.nearestResize(x, height: height + 3, width: 2 * width)
    case 15:
      return try graph.bilinearResize(
        graph.pad(x, Padding(1, .replicate)), height: height, width: width, alignsCorners: true)
    case 16 where max(height, width) <= 48:
      return try graph.transposedConvolution(
        x, weight: parameter([channels, 4, 3, 3], scale: 0.3), stride: 2)
    case 17 where height * width <= 1024:
      // Read as positions, in another form than it was written.
      let y = try convolution(x, outputs: 12, size: 1, padding: Padding(0))
      let attended = try graph.attention(graph.reshape(y, [1, 12, height * width]), heads: 2)
      return try graph.reshape(attended, [1, 4, height, width])
    case 18:
      // Channels that a depthwise convolution alone reads, then few of them.
      let wide = try graph.clamp(
        convolution(x, outputs: 40, size: 1, padding: Padding(0)), to: 0...6)
      let filtered = try graph.convolution(
        wide, weight: parameter([40, 1, 5, 5], scale: 0.4), groups: 40,
        padding: Padding(left: 1, right: 3, top: 2, bottom: 2))
      return try convolution(filtered, outputs: 8, size: 1, padding: Padding(0))
    default:
      let factor = try graph.reduce(x, .mean, axes: [2, 3])
      return try graph.multiply(graph.instanceNormalization(x), factor)
    }
  }
}
