import Compute
import NeuralRender

/// What Sample&Refine's networks make of a texture: planes in C order, N x N texels each.
public struct SampleRefineResult: Sendable, Equatable {
  /// (2, N, N): how far to the right and down each texel was read from its place; the texture is two wide.
  public fileprivate(set) var flow: [Float]
  /// (3, N, N): the texture as the sampler moved it.
  public fileprivate(set) var sampled: [Float]
  /// (3, N, N): the refiner's colours; empty without a refiner.
  public fileprivate(set) var refined: [Float]
  /// (N, N): where the sampled texture is kept; empty where nothing is blended.
  public fileprivate(set) var blendMask: [Float]
  /// (3, N, N): the result; above 1 at places in the mode `add`.
  public fileprivate(set) var final: [Float]
}

/// Sample&Refine's networks, ready to run: planned once, for any number of textures of one size.
///
///     let networks = try SampleRefineNetworks(checkpoints.checkpoint, size: 256, pool: pool)
///     var result = networks.makeResult()
///     try networks.run(texture: rgb, normals: normals, mask: mask, into: &result)
///
/// One run at a time; a run allocates nothing.
public final class SampleRefineNetworks {
  /// Texels along a side.
  public let size: Int
  private let plan: Plan
  private let texture: FeatureMap
  private let normals: FeatureMap
  private let mask: FeatureMap?
  private let flow: FeatureMap
  private let sampled: FeatureMap
  private let refined: FeatureMap?
  private let blendMask: FeatureMap?
  private let final: FeatureMap
  private let file: String

  /// - Parameters:
  ///   - size: a multiple of `checkpoint.unit`, at least twice that (256 as published).
  ///   - precision: what the networks compute in.
  /// - Throws: `ProgramError` when the size does not suit the networks, their weights do not fit, or
  ///   there is not enough memory.
  public init(
    _ checkpoint: SampleRefineCheckpoint, size: Int = 256, precision: PlanPrecision = .exact,
    pool: WorkerPool
  ) throws {
    self.size = size
    let plan = try Plan(
      checkpoint.graph(size: size), parameters: checkpoint.parameters(), pool: pool,
      precision: precision)
    guard let texture = plan.input("texture"), let normals = plan.input("normals"),
      let flow = plan.output("flow"), let sampled = plan.output("sampled")
    else { throw ProgramError(.software, "Sample&Refine's networks lack a value") }
    (self.plan, self.texture, self.normals) = (plan, texture, normals)
    (self.flow, self.sampled, mask) = (flow, sampled, plan.input("mask"))
    (refined, blendMask) = (plan.output("refined"), plan.output("blend_mask"))
    final = plan.output("final") ?? sampled
    file = (checkpoint.refinerWeights ?? checkpoint.samplerWeights).path
  }

  /// Bytes of activations and scratch.
  public var memoryBytes: Int { plan.memoryBytes }

  /// Room for what a run makes.
  public func makeResult() -> SampleRefineResult {
    func planes(_ map: FeatureMap?) -> [Float] {
      [Float](repeating: 0, count: (map?.channels ?? 0) * size * size)
    }
    return SampleRefineResult(
      flow: planes(flow), sampled: planes(sampled), refined: planes(refined),
      blendMask: planes(blendMask), final: planes(final))
  }

  /// Computes a texture.
  ///
  /// - Parameters:
  ///   - texture: (3, N, N) in [0, 1]: what the photo shows, completed by symmetry.
  ///   - normals: (3, N, N) in [0, 1]: the normal map in the same atlas.
  ///   - mask: (N, N): 1 where the photo shows the texture.
  ///   - result: of `makeResult`.
  /// - Throws: `software` when an array has another size or another run is going on; `dataError` when
  ///   the weights make what is no number.
  public func run(
    texture: [Float], normals: [Float], mask: [Float], into result: inout SampleRefineResult
  ) throws {
    try write(texture, to: self.texture, "texture")
    try write(normals, to: self.normals, "normals")
    if let map = self.mask { try write(mask, to: map, "mask") }
    try plan.run()
    read(flow, into: &result.flow)
    read(sampled, into: &result.sampled)
    read(refined, into: &result.refined)
    read(blendMask, into: &result.blendMask)
    read(final, into: &result.final)
    guard result.final.allSatisfy({ $0.isFinite }), result.flow.allSatisfy({ $0.isFinite }) else {
      throw ProgramError(.dataError, "Sample&Refine's networks made what is no number", file: file)
    }
  }

  /// The same into new memory.
  public func run(texture: [Float], normals: [Float], mask: [Float]) throws -> SampleRefineResult {
    var result = makeResult()
    try run(texture: texture, normals: normals, mask: mask, into: &result)
    return result
  }

  private func write(_ planes: [Float], to map: FeatureMap, _ name: String) throws {
    guard planes.count == map.channels * size * size else {
      throw ProgramError(
        .software, "an input of Sample&Refine's networks has another size", key: name,
        expected: "\(map.channels) x \(size) x \(size)", found: "\(planes.count) values")
    }
    planes.withUnsafeBufferPointer { map.write($0, image: 0) }
  }

  private func read(_ map: FeatureMap?, into planes: inout [Float]) {
    guard let map else { return }
    precondition(planes.count == map.channels * size * size, "a result of other networks")
    planes.withUnsafeMutableBufferPointer { map.read(into: $0, image: 0) }
  }
}
