import Compute
import NeuralRender

/// DINAR's networks that make textures, ready to run: each is planned when it is needed and stays until
/// `release`.
final class DinarNetworks {
  let checkpoint: DinarCheckpoint
  let schedule: NoiseSchedule
  private let precision: PlanPrecision
  private let pool: WorkerPool
  private var encoding: Plan?
  private var generating: Plan?
  private var compressing: Plan?
  private var decoding: Plan?
  private var denoising: Plan?

  /// - Throws: when a network makes what the stages between them cannot take.
  init(_ checkpoint: DinarCheckpoint, _ precision: PlanPrecision, pool: WorkerPool) throws {
    self.checkpoint = checkpoint
    self.precision = precision
    self.pool = pool
    schedule = try NoiseSchedule(of: checkpoint.weights)
    try check()
  }

  private func check() throws {
    let (generator, compression) = (checkpoint.generator.sizes, checkpoint.compression.sizes)
    let renderer = try DinarRendererSizes(of: checkpoint.weights)
    func require(_ what: String, _ found: Int, _ expected: Int, _ key: String) throws {
      guard found != expected else { return }
      throw ProgramError(
        .dataError, "the checkpoint's networks are not DINAR's: \(what)",
        file: checkpoint.weights.path, key: key, expected: "\(expected)", found: "\(found)")
    }
    let prefix = DinarGenerator.checkpointPrefix
    try require(
      "textures are not square", generator.textureHeight, generator.textureWidth,
      prefix + "input.input")
    // A photo's colours, where they are known, and where they are means of neighbours.
    try require("colours of a texture", compression.colourChannels, 3, "rgb_proc")
    try require("masks of a texture", compression.maskChannels, 2, "segm_proc")
    try require(
      "channels of a texture", renderer.textureChannels, compression.textureChannels,
      DinarRenderer.checkpointPrefix + "ntex_preproc.0.weight")
  }

  /// Texels along a side of a texture.
  var textureSize: Int { checkpoint.generator.sizes.textureWidth }

  /// A vector that describes a person.
  ///
  /// - Parameters:
  ///   - colours: (1, 3, S, S) in [-1, 1], -1 outside of the person.
  ///   - mask: (1, 1, S, S), 0 or 1.
  func style(colours: Tensor, mask: Tensor, noise: any NoiseSource) throws -> Tensor {
    let side = checkpoint.encoder.sizes.imageSize
    let plan = try planned(&encoding) {
      (try checkpoint.encoder.graph(), try checkpoint.encoderParameters(isHeld: false))
    }
    let drawn = try noise.tensor([1, 1, side, side], for: .encoder)
    let picture = Tensor(joiningChannelsOf: [colours, mask, drawn])
    return try output("style", of: plan, ["picture": picture])
  }

  /// The part of a texture that no photo shows, (1, outputChannels, T, T).
  func generatedTexture(_ style: Tensor, noise: any NoiseSource) throws -> Tensor {
    let plan = try planned(&generating) {
      (try checkpoint.generator.graph(), try checkpoint.generatorParameters(isHeld: false))
    }
    var inputs = ["style": style]
    for (layer, size) in checkpoint.generator.sizes.noiseSizes.enumerated() {
      inputs["noise_\(layer)"] = try noise.tensor(
        [1, 1, size.height, size.width], for: .generator(layer: layer))
    }
    return try output("texture", of: plan, inputs)
  }

  /// The latent of a texture, (1, codeWidth, T / unit, T / unit).
  func latent(_ texture: Tensor) throws -> Tensor {
    let plan = try planned(&compressing) {
      (
        try checkpoint.compression.encoderGraph(height: texture.shape[2], width: texture.shape[3]),
        try checkpoint.compressionParameters(isHeld: false)
      )
    }
    return try output("z", of: plan, ["texture": texture])
  }

  /// The texture of a latent, (1, textureChannels, T, T), by the nearest codes, and these, (1, 1, h, w).
  func texture(_ latent: Tensor) throws -> (texture: Tensor, codes: Tensor) {
    let plan = try planned(&decoding) {
      (
        try checkpoint.compression.decoderGraph(height: latent.shape[2], width: latent.shape[3]),
        try checkpoint.compressionParameters(isHeld: false)
      )
    }
    let results = try outputs(of: plan, ["z": latent])
    return (try results.required("texture"), try results.required("codes"))
  }

  /// Completes a latent outside of what is known.
  ///
  /// - Parameters:
  ///   - condition: (1, conditionChannels, h, w): the known latent and its mask.
  ///   - known: what is kept.
  func completed(
    condition: Tensor, known: KnownRegion, sampler: DiffusionSampler, noise: any NoiseSource,
    onStep: (SamplerStep) throws -> Void
  ) throws -> Tensor {
    let shape = known.latent.shape
    let plan = try denoiser(height: shape[2], width: shape[3])
    guard let input = plan.input("x"), let given = plan.input("condition"),
      let timestep = plan.input("timestep"), let predicted = plan.output("noise")
    else { throw ProgramError(.software, "the diffusion network lacks an input") }
    given.write(condition, image: 0)
    let width = checkpoint.diffusion.sizes.timestepWidth
    let timesteps = Dictionary(
      sampler.times.map { ($0, TimestepEmbedding.values([Float($0)], width: width)) },
      uniquingKeysWith: { first, _ in first })
    return try sampler.sample(shape: shape, known: known, noise: noise, onStep: onStep) {
      sample, time, result in
      input.write(sample, image: 0)
      if let values = timesteps[time] { timestep.writeRows(values) }
      try plan.run()
      predicted.read(into: result, image: 0)
    }
  }

  private func denoiser(height: Int, width: Int) throws -> Plan {
    try planned(&denoising) {
      (
        try checkpoint.diffusion.graph(height: height, width: width),
        try checkpoint.diffusionParameters(isHeld: false)
      )
    }
  }

  /// Gives back the memory of all plans: two gigabytes while the diffusion runs, and half of one before.
  ///
  /// Packing the weights again for another person takes a small part of the time that its diffusion takes.
  func release() {
    encoding = nil
    generating = nil
    compressing = nil
    denoising = nil
    decoding = nil
    MemoryBudget.giveBack()
  }

  private func planned(
    _ place: inout Plan?, _ make: () throws -> (Graph, Parameters)
  ) throws -> Plan {
    if let place { return place }
    let plan: Plan
    do {
      let (graph, parameters) = try make()
      plan = try Plan(graph, parameters: parameters, pool: pool, precision: precision)
      checkpoint.releasePages()
    } catch let error as ProgramError where error.code == .dataError {
      throw error.inFile(checkpoint.weights.path)
    }
    place = plan
    return plan
  }

  private func output(
    _ name: String, of plan: Plan, _ inputs: [String: Tensor]
  ) throws -> Tensor {
    try outputs(of: plan, inputs).required(name)
  }

  /// Runs a plan; what overflows in damaged weights is said here.
  private func outputs(of plan: Plan, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
    let results = try plan.run(inputs)
    for name in results.keys.sorted() {
      try results[name]?.checkFinite(
        "what a network made", file: checkpoint.weights.path, key: name)
    }
    return results
  }
}

extension [String: Tensor] {
  /// - Throws: `software` when a network lacks an output.
  fileprivate func required(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else {
      throw ProgramError(.software, "a network lacks its output", key: name)
    }
    return tensor
  }
}
