import Compute
import TensorFiles

extension DinarDiffusionSizes {
  /// Reads the sizes from a source's names and shapes; whether all weights fit them is checked on loading.
  ///
  /// - Parameters:
  ///   - source: Weights by their names in the original (`input_blocks.0.0.weight`) behind a prefix.
  ///   - heads: as the configuration has them (`num_heads`, `num_head_channels`).
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(
    of source: some NamedArrays, prefix: String = DinarDiffusion.checkpointPrefix,
    heads: Heads = released.heads, groups: Int = released.groups
  ) throws {
    let shapes = DiffusionShapes(source, prefix)
    let first = try shapes.shape("input_blocks.0.0.weight", axes: 4)
    let last = try shapes.shape("out.2.weight", axes: 4)
    let time = try shapes.shape("time_embed.0.weight", axes: 2)
    let (levels, blocks) = try shapes.levels()
    func block(_ level: Int) -> String { "input_blocks.\(1 + level * (blocks + 1))" }
    self.init(
      inputChannels: first[1], latentChannels: last[0],
      levelChannels: try (0..<levels).map {
        try shapes.shape("\(block($0)).0.in_layers.2.weight", axes: 4)[0]
      },
      baseChannels: first[0], blocks: blocks,
      attentionLevels: Set((0..<levels).filter { shapes.contains("\(block($0)).1.qkv.weight") }),
      timestepWidth: time[1], embeddingChannels: time[0],
      colourChannels: try shapes.optionalWidth("preproc_rgb.0.weight"),
      maskChannels: try shapes.optionalWidth("preproc_segm.0.weight"), heads: heads,
      groups: groups)
    guard latentChannels < inputChannels, colourChannels + maskChannels <= inputChannels else {
      throw ProgramError(
        .dataError, "the diffusion network has no condition", file: source.file,
        key: "\(prefix)input_blocks.0.0.weight",
        expected: "more than \(max(latentChannels, colourChannels + maskChannels - 1)) inputs",
        found: "\(first)")
    }
  }
}

/// Names and shapes of a diffusion network's weights.
private struct DiffusionShapes<Source: NamedArrays> {
  private let source: Source
  private let prefix: String
  private let names: Set<String>

  init(_ source: Source, _ prefix: String) {
    self.source = source
    self.prefix = prefix
    names = Set(source.names)
  }

  func contains(_ key: String) -> Bool { names.contains(prefix + key) }

  func shape(_ key: String, axes: Int) throws -> [Int] {
    guard contains(key) else {
      throw ProgramError(
        .dataError, "the file holds no diffusion network of DINAR", file: source.file,
        key: prefix + key, hint: "give a checkpoint of DINAR with weights under \"\(prefix)\"")
    }
    let shape = try source.header(prefix + key).shape
    guard shape.count == axes, shape.allSatisfy({ $0 > 0 && $0 < DinarDiffusionSizes.mostChannels })
    else {
      throw ProgramError(
        .dataError, "the diffusion network's weights are not filters", file: source.file,
        key: prefix + key, expected: axes == 4 ? "Cout x Cin x k x k" : "outputs x inputs",
        found: "\(shape)")
    }
    return shape
  }

  /// Outputs of a layer; 0 if there is none.
  func optionalWidth(_ key: String) throws -> Int {
    contains(key) ? try shape(key, axes: 4)[0] : 0
  }

  /// Levels, and residual blocks of a level: on the way down `blocks` of each and one that halves the
  /// image but at the last; on the way up `blocks` + 1, the last of them with one that doubles it.
  func levels() throws -> (count: Int, blocks: Int) {
    let mark = "in_layers.0.weight"
    func count(_ first: Int, _ key: (Int) -> String) -> Int {
      var index = first
      while contains(key(index)) { index += 1 }
      return index - first
    }
    let down = 1 + count(1) { "input_blocks.\($0).0.\(mark)" }
    let up = count(0) { "output_blocks.\($0).0.\(mark)" }
    let doublings = (0..<up).count { block in
      (1...2).contains { contains("output_blocks.\(block).\($0).\(mark)") }
    }
    let levels = doublings + 1
    let blocks = down / levels - 1
    guard down == up, down % levels == 0, blocks >= 1, levels <= DinarDiffusionSizes.mostLevels,
      blocks <= DinarDiffusionSizes.mostBlocks
    else {
      throw ProgramError(
        .dataError, "the diffusion network's blocks are not those of DINAR", file: source.file,
        key: "\(prefix)output_blocks",
        expected: "as many blocks down as up, the same in each level",
        found: "\(down) down, \(up) up, \(doublings) of them doubling")
    }
    return (levels, blocks)
  }
}
