import ArgumentParser
import AvatarCreation

extension CreateDinar {
  /// The networks and how they sample.
  struct Networks: ParsableArguments {
    @Option(
      name: [.long, .customLong("ckpt_path")], parsing: .unconditional, help: "DINAR's checkpoint.",
      transform: OptionText.parse)
    var checkpoint: String

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DINAR's configuration (default: eval.yaml beside the checkpoint, or the released values).",
        valueName: "file"), transform: OptionText.parse)
    var config: String?

    @Option(
      parsing: .unconditional,
      help: "Steps of diffusion, \(Limits.diffusionSteps) (default 20; DINAR has 200).",
      transform: Limits.diffusionSteps.parse)
    var steps: Int?

    @Option(
      parsing: .unconditional,
      help:
        "sde (DPM-Solver++ with fresh noise, as likely pictures as DINAR's), dpm and unipc (without), or ddim (DINAR's own) (default: sde)."
    )
    var solver: Solver?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DDIM's share of fresh noise, \(Limits.eta) (default 1).", visibility: .hidden),
      transform: Limits.eta.parse)
    var eta: Double?

    @Option(
      parsing: .unconditional,
      help:
        "Number that the noise follows from, \(Limits.seed): another one, another texture (default 0).",
      transform: Limits.seed.parse)
    var seed: Int?

    @Option(
      parsing: .unconditional,
      help:
        "exact (float32) or fast (numbers of 16 bits: less time, half of the memory), for the networks that make the texture (default: exact)."
    )
    var precision: NeuralOptions.Precision?

    enum Solver: String, ExpressibleByArgument, CaseIterable { case sde, dpm, unipc, ddim }

    func apply(to settings: inout DinarSettings) throws {
      settings.configuration = config
      settings.seed = UInt64(seed ?? 0)
      settings.precision = precision == .fast ? .fast : .exact
      guard eta == nil || solver == .ddim else {
        throw ValidationError("--eta is for --solver ddim")
      }
      let few = steps ?? DinarSettings.usualSteps
      settings.solver =
        switch solver ?? .sde {
        case .sde: .stochasticDPMSolver(steps: few)
        case .dpm: .dpmSolver(steps: few)
        case .unipc: .uniPC(steps: few)
        case .ddim: .ddim(steps: steps ?? DinarSettings.originalSteps, eta: eta ?? 1)
        }
    }
  }
}
