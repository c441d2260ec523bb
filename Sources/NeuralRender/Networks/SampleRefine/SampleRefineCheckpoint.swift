/// The checkpoints of Sample&Refine as a whole: its networks with their sizes, and their weights.
import Compute
import TensorFiles

/// A sampler and the refiner that follows it, of one file each.
///
///     let checkpoint = try SampleRefineCheckpoint(
///       sampler: TorchCheckpoint(path: "S1/netG/G__iter030000.pth"),
///       refiner: .init(TorchCheckpoint(path: "R1/netG/G__iter011000.pth"), inputs: .unseen))
///     let plan = try Plan(
///       checkpoint.graph(size: 256), parameters: checkpoint.parameters(), pool: pool)
///
/// Sizes are read at once, weights when a plan packs them, strictly: what is missing, unknown or of
/// another shape is listed in one error for each file.
public struct SampleRefineCheckpoint: Sendable {
  /// A refiner's file and what it does not tell.
  public struct RefinerWeights: Sendable {
    public let weights: TorchCheckpoint
    public let inputs: RefinerInputs
    public let mode: RefinerMode

    /// - Parameter mode: nil for what the weights suit: `blend`, or `noblend` where they make no mask.
    /// - Throws: when the file holds no refiner.
    public init(
      _ weights: TorchCheckpoint, inputs: RefinerInputs, mode: RefinerMode? = nil
    ) throws {
      try KnownNetwork.all(in: weights).require(.refiner, at: "", of: weights)
      self.weights = weights
      self.inputs = inputs
      let makesMask = try TextureRefinerSizes(of: weights).outputChannels == 4
      self.mode = mode ?? (makesMask ? .blend : .noblend)
    }
  }

  public let samplerWeights: TorchCheckpoint
  public let refinerWeights: TorchCheckpoint?
  public let sampler: TextureSampler
  /// Nil where the sampled texture is the result.
  public let refiner: TextureRefiner?

  /// - Throws: `ProgramError`: when a file holds another network, or inputs or mode do not suit the
  ///   refiner's weights.
  public init(sampler weights: TorchCheckpoint, refiner: RefinerWeights?) throws {
    try KnownNetwork.all(in: weights).require(.sampler, at: "", of: weights)
    samplerWeights = weights
    sampler = TextureSampler(try TextureSamplerSizes(of: weights))
    refinerWeights = refiner?.weights
    self.refiner = try refiner.map { refiner in
      do {
        return try TextureRefiner(
          TextureRefinerSizes(of: refiner.weights), inputs: refiner.inputs, mode: refiner.mode)
      } catch let error as ProgramError {
        throw error.inFile(refiner.weights.path)
      }
    }
  }

  /// Width and height of a texture are multiples of it, of twice as many at least.
  public var unit: Int { max(sampler.sizes.unit, refiner?.sizes.unit ?? 1) }

  /// Both networks after each other.
  ///
  /// Inputs as the networks have them: `texture` and `normals` (N, 3, size, size), `mask` (N, 1, size,
  /// size) where the refiner reads it. Outputs `flow`, `sampled` and those of the refiner.
  ///
  /// Throws when the size does not suit the networks.
  public func graph(batch: Int = 1, size: Int) throws -> Graph {
    try sampler.checkSize(size)
    try refiner?.checkSize(size)
    var graph = Graph()
    let texture = graph.input("texture", shape: [batch, 3, size, size])
    let normals = graph.input("normals", shape: [batch, 3, size, size])
    let (flow, sampled) = try graph.module(Self.samplerModule) {
      try sampler.append(texture, normals, to: &$0)
    }
    graph.output("flow", flow)
    graph.output("sampled", sampled)
    guard let refiner else { return graph }
    let mask =
      refiner.inputs.readsMask ? graph.input("mask", shape: [batch, 1, size, size]) : nil
    let results = try graph.module(Self.refinerModule) {
      try refiner.append(sampled, normals, mask, to: &$0)
    }
    results.mark(in: &graph)
    return graph
  }

  /// All parameters of `graph`, each read when a plan packs it: there are 240 MB of them.
  public func parameters() throws -> Parameters {
    var parts = [
      Self.samplerModule: try Parameters(
        of: sampler.graph(size: 2 * sampler.sizes.unit), from: samplerWeights, isHeld: false)
    ]
    if let refiner, let refinerWeights {
      let size = max(2 * refiner.sizes.unit, 4)
      parts[Self.refinerModule] = try Parameters(
        of: refiner.graph(size: size), from: refinerWeights, isHeld: false)
    }
    return Parameters(modules: parts)
  }

  private static let samplerModule = "sampler"
  private static let refinerModule = "refiner"
}
