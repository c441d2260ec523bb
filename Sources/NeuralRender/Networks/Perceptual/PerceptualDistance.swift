// Source: Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric".

import Compute
import TensorFiles

/// LPIPS: how far two pictures are apart in the activations of a trunk, weighted channel by channel.
///
/// Matches: the lpips package, version 0.1 of its linear layers.
public struct PerceptualDistance: Sendable {
  /// What the values of 0 ... 1 are turned into before the network's own scaling.
  public enum InputRange: Sendable {
    /// 2 v - 1, as the network was trained (`normalize=True`).
    case signed
    /// As they are: what protocols measured that gave values of 0 ... 1 as if they were -1 ... 1.
    case unsigned
  }

  public let trunk: PerceptualTrunk
  public let parameters: Parameters

  /// - Parameters:
  ///   - backbone: torchvision's trunk, classifier and all.
  ///   - linear: the linear layers, `lin0.model.1.weight` of shape (1, channels of tap 0, 1, 1) and so on;
  ///     the same file if it holds both.
  /// - Throws: `dataError` for other files, shapes that do not fit one another, and numbers that are not
  ///   finite.
  public init(backbone: some NamedArrays, linear: some NamedArrays) throws {
    trunk = try PerceptualTrunk(backbone)
    var tensors: [String: Tensor] = [:]
    for (index, layer) in trunk.layers.enumerated() {
      for (part, shape) in [("weight", layer.filter), ("bias", [layer.filter[0]])] {
        tensors["trunk.\(index).\(part)"] = try Self.read(
          "\(layer.module).\(part)", of: backbone, shape: shape)
      }
    }
    for (index, channels) in trunk.channels.enumerated() {
      tensors["linear.\(index).weight"] = try Self.read(
        Self.linearKey(index), of: linear, shape: [1, channels, 1, 1])
    }
    parameters = Parameters(tensors)
    backbone.releasePages()
  }

  /// Channels of the taps that a file's linear layers are for; nil where it has none.
  public static func linearChannels(_ weights: some NamedArrays) -> [Int]? {
    var channels: [Int] = []
    while weights.contains(linearKey(channels.count)),
      let shape = try? weights.header(linearKey(channels.count)).shape, shape.count == 4
    {
      channels.append(shape[1])
    }
    return channels.isEmpty ? nil : channels
  }

  private static func linearKey(_ index: Int) -> String { "lin\(index).model.1.weight" }

  private static func read(
    _ key: String, of source: some NamedArrays, shape: [Int]
  ) throws -> Tensor {
    guard source.contains(key) else {
      throw ProgramError(
        .dataError, "a layer of LPIPS is missing", file: source.file, key: key,
        expected: "\(shape)")
    }
    let found = try source.header(key).shape
    guard found == shape else {
      throw ProgramError(
        .dataError, "a layer of LPIPS has another shape", file: source.file, key: key,
        expected: "\(shape)", found: "\(found)")
    }
    let tensor = try Tensor(key, of: source)
    try tensor.checkFinite("a weight of LPIPS", file: source.file, key: key)
    return tensor
  }

  /// The network for pictures of a size.
  ///
  /// Inputs: `a`, `b` (1, 3, height, width), RGB of 0 ... 1. Outputs: `layer0`, `layer1`, ... (1, 1, 1, 1), whose
  /// sum is the distance.
  ///
  /// - Throws: for sizes that `trunk` does not accept.
  public func graph(height: Int, width: Int, range: InputRange = .signed) throws -> Graph {
    var graph = Graph()
    let size = [1, 3, height, width]
    let images = [graph.input("a", shape: size), graph.input("b", shape: size)]
    var x = try graph.concatenate(images, axis: 0)
    if range == .signed { x = try graph.affine(x, scale: 2, offset: -1) }
    x = try Self.scaled(x, in: &graph)
    for (index, layer) in trunk.layers.enumerated() {
      if trunk.kind.pooled.contains(index) {
        x = try graph.maximumPool(x, size: trunk.kind.poolSize, stride: 2)
      }
      x = try graph.relu(
        graph.convolution(
          x, weight: graph.parameter("trunk.\(index).weight", shape: layer.filter),
          bias: graph.parameter("trunk.\(index).bias", shape: [layer.filter[0]]),
          stride: trunk.kind.stride(index), padding: Padding(trunk.kind.padding(index))))
      if let tap = trunk.kind.taps.firstIndex(of: index) {
        graph.output("layer\(tap)", try Self.distance(x, tap: tap, in: &graph))
      }
    }
    return graph
  }

  /// Mean and deviation of ImageNet's colours, for values of -1 ... 1.
  private static func scaled(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    let shift = graph.constant(Tensor(shape: [1, 3, 1, 1], [-0.030, -0.088, -0.188]))
    let scale = graph.constant(Tensor(shape: [1, 3, 1, 1], [0.458, 0.448, 0.450]))
    return try graph.divide(graph.subtract(x, shift), scale)
  }

  /// The activations of both pictures, each pixel's scaled to length 1; their squared differences weighted
  /// and averaged over the pixels.
  private static func distance(
    _ x: Graph.Value, tap: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    let length = try graph.affine(graph.reduce(x, .norm, axes: [1]), offset: 1e-10)
    let unit = try graph.divide(x, length)
    func image(_ index: Int) throws -> Graph.Value {
      try graph.slice(
        unit,
        [Slice.Range(index, index + 1)] + x.shape.dropFirst().map { Slice.Range(0, $0) })
    }
    let difference = try graph.subtract(image(0), image(1))
    let weight = try graph.parameter("linear.\(tap).weight", shape: [1, x.shape[1], 1, 1])
    let weighted = try graph.convolution(
      graph.multiply(difference, difference), weight: weight)
    return try graph.reduce(weighted, .mean, axes: [2, 3])
  }
}
