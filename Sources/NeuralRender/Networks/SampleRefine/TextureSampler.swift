/// Sample&Refine's sampler S1: moves what a photo shows of a texture to where it is not seen.
///
/// Source: "Generating Texture for 3D Human Avatar from a Single Image using Sampling and Refinement
/// Networks", EG 2023. Matches: its published code, keys as in its checkpoints. Differs: skips of
/// doubled blocks are computed before the doubling.
import Compute

/// The network with sizes read from a checkpoint's shapes.
public struct TextureSampler: Sendable {
  /// Of leaky ReLU.
  private static let slope: Float = 0.2

  public let sizes: TextureSamplerSizes

  public init(_ sizes: TextureSamplerSizes) { self.sizes = sizes }

  /// Inputs `texture` and `normals` (N, 3, size, size) in [0, 1]: what the photo shows, completed by
  /// symmetry, and the body's normals in the same atlas. Outputs `flow` (N, 2, size, size): how far to
  /// the right and down each texel is read from its place, where the texture is two wide and high;
  /// `sampled` (N, 3, size, size): the texture read there, black outside.
  ///
  /// Throws when the size does not suit the network.
  public func graph(batch: Int = 1, size: Int) throws -> Graph {
    try checkSize(size)
    var graph = Graph()
    let texture = graph.input("texture", shape: [batch, 3, size, size])
    let normals = graph.input("normals", shape: [batch, 3, size, size])
    let (flow, sampled) = try append(texture, normals, to: &graph)
    graph.output("flow", flow)
    graph.output("sampled", sampled)
    return graph
  }

  /// Throws when instance norms would meet a single pixel, or an image cannot be halved.
  func checkSize(_ size: Int) throws {
    guard size >= 2 * sizes.unit, size % sizes.unit == 0 else {
      throw ProgramError(
        .dataError, "the sampler cannot work at this size",
        expected: "a multiple of \(sizes.unit), at least \(2 * sizes.unit)", found: "\(size)")
    }
  }

  func append(
    _ texture: Graph.Value, _ normals: Graph.Value, to graph: inout Graph
  ) throws -> (flow: Graph.Value, sampled: Graph.Value) {
    // The code slices -2:-1 of texture, normals and mask, which is not the mask: the normals' blue.
    let seen = try graph.concatenate([texture, graph.channels(normals, 2..<3)])
    let appearance = try encoded(seen, "enc_conv", in: &graph)
    let geometry = try encoded(normals, "norm_conv", in: &graph)
    var x = try graph.concatenate([geometry[sizes.levels], appearance[sizes.levels]])
    for step in 0..<sizes.levels {
      let level = sizes.levels - step
      // The first step has joined its level, the last has no skip.
      if step > 0 && level > 1 { x = try graph.concatenate([x, appearance[level]]) }
      x = try graph.module("dec_conv\(step)") {
        try $0.residualBlock(
          x, channels: sizes.width << (level - 1), resampling: .doubled, slope: Self.slope)
      }
    }
    let flow = try graph.module("toGrid") { graph in
      try graph.tanh(
        graph.module("conv") { try $0.mirroredConvolution(x, channels: 2, size: 3) })
    }
    let places = try graph.add(graph.constant(Self.places(texture.shape[2])), flow)
    let sampled = try graph.gridSample(
      texture, grid: graph.transpose(places, [0, 2, 3, 1]), alignsCorners: true)
    return (flow, sampled)
  }

  /// The images of an encoder, from the full size down.
  private func encoded(
    _ image: Graph.Value, _ name: String, in graph: inout Graph
  ) throws -> [Graph.Value] {
    var images = [
      try graph.module("\(name)0") {
        try $0.normalizedUnit(
          image, channels: sizes.width, size: 7, isGated: false, slope: Self.slope)
      }
    ]
    for level in 1...sizes.levels {
      images.append(
        try graph.module("\(name)\(level)") {
          try $0.residualBlock(
            images[level - 1], channels: sizes.width << level, resampling: .halved,
            slope: Self.slope)
        })
    }
    return images
  }

  /// Each texel's own place, (1, 2, size, size), rounded as torch.linspace(-1, 1, size).
  private static func places(_ size: Int) -> Tensor {
    let step = 2 / Float(size - 1)
    let line = (0..<size).map { index in
      index < size / 2 ? -1 + step * Float(index) : 1 - step * Float(size - 1 - index)
    }
    return Tensor(
      shape: [1, 2, size, size],
      (0..<size).flatMap { _ in line } + line.flatMap { [Float](repeating: $0, count: size) })
  }
}
