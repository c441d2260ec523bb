import Compute

/// Makes latents out of noise with a network that predicts the noise in them.
///
/// The sampler's own work on a latent is a few passes over some ten thousand numbers and a draw of
/// noise: a thousandth of the network's. It runs on the calling thread, on memory taken before the
/// first step; what threads there are work in the denoiser.
public struct DiffusionSampler: Sendable {
  /// How the sampler goes from noise to a latent.
  public enum Solver: Sendable, Hashable {
    /// As published with DINAR (J. Song, C. Meng, S. Ermon, "Denoising diffusion implicit models",
    /// 2021), with its quirks: `DDIMTimes` tells how many steps it takes, noise is added in the last
    /// one too, and the known region is put back before each step but not after the last.
    case ddim(steps: Int, eta: Double = 1)
    /// DPM-Solver++ (2M): second order, deterministic, ends clean.
    case dpmSolver(steps: Int)
    /// SDE-DPM-Solver++ (2M): second order, with noise anew in each step as DDIM's with eta 1 has it, ends
    /// clean.
    case stochasticDPMSolver(steps: Int)
    /// UniPC: DPM-Solver++ with a corrector that costs no evaluation of the network, third order.
    case uniPC(steps: Int)
  }

  /// Predicts the noise in a sample: elements of N x C x H x W, the training time, and where the
  /// prediction goes, all of it.
  public typealias Denoiser = (
    _ sample: UnsafeBufferPointer<Float>, _ time: Int, _ noise: UnsafeMutableBufferPointer<Float>
  ) throws -> Void

  public let solver: Solver
  public let schedule: NoiseSchedule
  /// The training times at which the network is asked, in order: as many as there are steps.
  public let times: [Int]
  private let rule: any SamplingRule

  /// Throws `usage` when the solver cannot take so many steps: before anything slow is done.
  public init(_ solver: Solver, schedule: NoiseSchedule) throws {
    self.solver = solver
    self.schedule = schedule
    switch solver {
    case .ddim(let steps, let eta):
      rule = DDIM(try DDIMTimes(steps: steps, eta: eta, schedule: schedule))
    case .dpmSolver(let steps):
      rule = Multistep(
        try MultistepTable(steps: steps, method: .dpmSolver, schedule: schedule))
    case .stochasticDPMSolver(let steps):
      rule = Multistep(
        try MultistepTable(steps: steps, method: .stochastic, schedule: schedule))
    case .uniPC(let steps):
      rule = Multistep(try MultistepTable(steps: steps, method: .uniPC, schedule: schedule))
    }
    times = rule.times
  }

  /// Makes a latent.
  ///
  /// - Parameters:
  ///   - shape: N x C x H x W.
  ///   - known: what is kept of a latent of this shape; nil makes all of it.
  ///   - onStep: called after each step; what it throws ends the sampling.
  /// - Throws: `dataError` with the step's number when a sample is not finite, what the noise source, the
  ///   denoiser and `onStep` throw.
  public func sample(
    shape: [Int], known: KnownRegion? = nil, noise: any NoiseSource,
    onStep: (SamplerStep) throws -> Void = { _ in }, denoiser: Denoiser
  ) throws -> Tensor {
    guard known.map({ $0.latent.shape == shape }) ?? true else {
      throw ProgramError(
        .software, "the known latent has another shape than the one to make", expected: "\(shape)",
        found: known.map { "\($0.latent.shape)" })
    }
    return try Tensor(shape: shape) { sample in
      let latents = LatentBuffers(sample)
      defer { withExtendedLifetime(latents) {} }
      try noise.fill(sample, for: .latent)
      for (step, time) in times.enumerated() {
        if let known {
          if step == 0 || rule.renewsKnownNoise {
            try noise.fill(latents.knownNoise, for: .knownRegion(step: step))
          }
          known.renew(
            sample, noise: UnsafeBufferPointer(latents.knownNoise),
            signalShare: schedule.signal[time], noiseShare: schedule.noise[time])
        }
        try denoiser(UnsafeBufferPointer(sample), time, latents.noise)
        try rule.advance(step, latents, noise)
        if step == times.count - 1, rule.endsClean { known?.restore(sample) }
        try latents.checkFinite(step: step, of: times)
        try onStep(
          SamplerStep(
            number: step + 1, count: times.count, time: time,
            prediction: UnsafeBufferPointer(latents.prediction)))
      }
    }
  }
}

/// What a sampler tells after each step.
public struct SamplerStep {
  /// Counted from 1.
  public let number: Int
  public let count: Int
  /// The training time at which the network was asked.
  public let time: Int
  /// What the finished latent was thought to be in this step, N x C x H x W; not to be kept.
  public let prediction: UnsafeBufferPointer<Float>
}
