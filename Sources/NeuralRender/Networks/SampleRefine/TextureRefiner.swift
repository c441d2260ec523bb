/// Sample&Refine's refiner R1: a sampled texture to a complete one.
///
/// Source: "Generating Texture for 3D Human Avatar from a Single Image using Sampling and Refinement
/// Networks", EG 2023; gates after Yu et al. 2019. Matches: its published code, keys as in its
/// checkpoints. Differs: nothing.
import Compute

/// The network with sizes read from a checkpoint's shapes, and what no shape tells.
public struct TextureRefiner: Sendable {
  public let sizes: TextureRefinerSizes
  public let inputs: RefinerInputs
  public let mode: RefinerMode

  /// - Throws: when inputs or mode do not suit the sizes.
  public init(_ sizes: TextureRefinerSizes, inputs: RefinerInputs, mode: RefinerMode) throws {
    guard inputs.channels == sizes.inputChannels else {
      throw ProgramError(
        .dataError, "the refiner's weights are for other inputs than \(inputs.rawValue)",
        key: "tEncoder.conv0.0.conv.weight", expected: "\(inputs.channels) channels",
        found: "\(sizes.inputChannels)")
    }
    guard mode.channels == sizes.outputChannels else {
      throw ProgramError(
        .dataError, "the refiner's weights are for another mode than \(mode.rawValue)",
        key: "tDecoder.upconv\(sizes.levels).0.conv.weight",
        expected: "\(mode.channels) channels", found: "\(sizes.outputChannels)")
    }
    self.sizes = sizes
    self.inputs = inputs
    self.mode = mode
  }

  /// Inputs in [0, 1], those that it reads: `sampled` and `normals` (N, 3, size, size), `mask` (N, 1,
  /// size, size). Outputs `final` and `refined` (N, 3, size, size) and, where the mode has one,
  /// `blend_mask` (N, 1, size, size).
  ///
  /// Throws when the size does not suit the network.
  public func graph(batch: Int = 1, size: Int) throws -> Graph {
    try checkSize(size)
    var graph = Graph()
    let sampled = graph.input("sampled", shape: [batch, 3, size, size])
    let normals =
      inputs.readsNormals ? graph.input("normals", shape: [batch, 3, size, size]) : nil
    let mask = inputs.readsMask ? graph.input("mask", shape: [batch, 1, size, size]) : nil
    try append(sampled, normals, mask, to: &graph).mark(in: &graph)
    return graph
  }

  /// Throws when an image cannot be halved, or mirrored at the smallest size.
  func checkSize(_ size: Int) throws {
    guard size >= 2 * sizes.unit, size >= 4, size % sizes.unit == 0 else {
      throw ProgramError(
        .dataError, "the refiner cannot work at this size",
        expected: "a multiple of \(sizes.unit), at least \(max(2 * sizes.unit, 4))",
        found: "\(size)")
    }
  }

  /// What the network makes.
  struct Results {
    let refined: Graph.Value
    let blendMask: Graph.Value?
    let final: Graph.Value

    func mark(in graph: inout Graph) {
      graph.output("refined", refined)
      if let blendMask { graph.output("blend_mask", blendMask) }
      graph.output("final", final)
    }
  }

  /// - Parameters:
  ///   - normals, mask: not nil where they are read.
  func append(
    _ sampled: Graph.Value, _ normals: Graph.Value?, _ mask: Graph.Value?, to graph: inout Graph
  ) throws -> Results {
    var parts = [sampled]
    if inputs.readsNormals, let normals { parts.append(normals) }
    if inputs.readsMask, let mask {
      parts.append(inputs.isTurned ? try graph.affine(mask, scale: -1, offset: 1) : mask)
    }
    let images = try encoded(graph.concatenate(parts), in: &graph)
    var x = images[sizes.levels]
    for block in 0..<sizes.blocks {
      x = try graph.module("enc_rb.\(block)") {
        try $0.residualBlock(
          x, channels: sizes.width << sizes.levels, isGated: sizes.isGated, slope: 0)
      }
    }
    for step in 0..<sizes.levels {
      let level = sizes.levels - step
      if sizes.hasSkips { x = try graph.concatenate([x, images[level]]) }
      x = try graph.module("tDecoder.upconv\(step).1") {
        try $0.normalizedUnit(
          $0.doubledNearest(x), channels: sizes.width << (level - 1), isGated: sizes.isGated,
          slope: 0)
      }
    }
    let head = try graph.module("tDecoder.upconv\(sizes.levels).0") {
      try $0.sigmoidHead(x, channels: sizes.outputChannels, size: 7, isGated: sizes.isGated)
    }
    return try combined(sampled, head, in: &graph)
  }

  /// The images of the encoder, from the full size down.
  private func encoded(_ image: Graph.Value, in graph: inout Graph) throws -> [Graph.Value] {
    var images: [Graph.Value] = []
    for level in 0...sizes.levels {
      images.append(
        try graph.module("tEncoder.conv\(level).0") {
          try $0.normalizedUnit(
            images.last ?? image, channels: sizes.width << level, size: level == 0 ? 7 : 3,
            stride: level == 0 ? 1 : 2, isGated: sizes.isGated, slope: 0.2)
        })
    }
    return images
  }

  private func combined(
    _ sampled: Graph.Value, _ head: Graph.Value, in graph: inout Graph
  ) throws -> Results {
    guard mode != .noblend else { return Results(refined: head, blendMask: nil, final: head) }
    let refined = try graph.channels(head, 0..<3)
    let mask = try graph.channels(head, 3..<4)
    let rest = try graph.multiply(refined, graph.affine(mask, scale: -1, offset: 1))
    let kept = mode == .blend ? try graph.multiply(sampled, mask) : sampled
    return Results(refined: refined, blendMask: mask, final: try graph.add(kept, rest))
  }
}
