import ArgumentParser
import AvatarCreation
import Compute
import Foundation
import NeuralRender

/// Sample&Refine's networks, with the original's options beside ours.
struct SampleRefineNetworkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folder of the authors' checkpoints, a run's folder or name, or one .pth file.",
      valueName: "folder"), transform: OptionText.parse)
  var checkpoint: String

  @Option(
    name: [.long, .customLong("SamplerNet")], parsing: .unconditional,
    help: ArgumentHelp("Sampler's run: a name, a folder or a file.", valueName: "run"),
    transform: OptionText.parse)
  var sampler: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Refiner's run: a name, a folder or a file.", valueName: "run"),
    transform: OptionText.parse)
  var refiner: String?

  @Option(
    name: [.long, .customLong("which_epoch")], parsing: .unconditional,
    help: ArgumentHelp(
      "Iteration of the refiner, or of a sampler alone: digits, or latest (default: latest).",
      valueName: "number"),
    transform: OptionText.parse)
  var whichEpoch: String?

  @Option(
    name: [.long, .customLong("data_size")], parsing: .unconditional,
    help: "Texels along a side, \(Limits.networkTexture), a multiple of 32 (default 256).",
    transform: Limits.networkTexture.parse)
  var size: Int?

  @Option(
    parsing: .unconditional,
    help:
      "exact (float32) or fast (numbers of 16 bits: a sixth less time) (default: exact).")
  var precision: NeuralOptions.Precision?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the refiner reads besides: \(RefinerInputs.allCases.map(\.rawValue).joined(separator: ", ")) (default: what its run's name ends with).",
      valueName: "inputs"), transform: Self.inputs)
  var concat: RefinerInputs?

  @Option(
    name: [.long, .customLong("Refine_mode")], parsing: .unconditional,
    help: ArgumentHelp(
      "blend, add or noblend (default: what the refiner's weights suit).", valueName: "mode"),
    transform: Self.mode)
  var refineMode: RefinerMode?

  @Option(
    name: [.long, .customLong("num_blocks")], parsing: .unconditional,
    help: ArgumentHelp("The refiner's residual blocks, to be checked.", visibility: .hidden),
    transform: Limits.networkCount.parse)
  var numBlocks: Int?

  @Option(
    name: [.long, .customLong("num_layers")], parsing: .unconditional,
    help: ArgumentHelp("The refiner's levels, to be checked.", visibility: .hidden),
    transform: Limits.networkCount.parse)
  var numLayers: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The refiner's width, to be checked.", visibility: .hidden),
    transform: Limits.networkCount.parse)
  var ngf: Int?

  @Flag(
    name: [.long, .customLong("use_gate")],
    help: ArgumentHelp("The refiner has gates, to be checked.", visibility: .hidden))
  var useGate = false

  @Flag(
    name: [.long, .customLong("no_skip")],
    help: ArgumentHelp("The refiner has no skips, to be checked.", visibility: .hidden))
  var noSkip = false

  @Option(
    name: .customLong("G"), parsing: .unconditional,
    help: ArgumentHelp("R1 or S1, as the authors' commands say.", visibility: .hidden))
  var generator: Generator?

  @Flag(help: ArgumentHelp("As the authors' commands say.", visibility: .hidden))
  var infer = false

  enum Generator: String, ExpressibleByArgument, CaseIterable { case R1, S1 }

  func settings() throws -> SampleRefineSettings {
    var settings = SampleRefineSettings(checkpoint: checkpoint)
    settings.size = size ?? settings.size
    settings.precision = precision == .fast ? .fast : .exact
    var choice = SampleRefineChoice()
    (choice.sampler, choice.refiner) = (sampler, refiner)
    choice.epoch = whichEpoch == "latest" ? nil : whichEpoch
    (choice.inputs, choice.mode) = (concat, refineMode)
    (choice.width, choice.levels, choice.blocks) = (ngf, numLayers, numBlocks)
    choice.isGated = useGate ? true : nil
    choice.hasSkips = noSkip ? false : nil
    settings.choice = choice
    return settings
  }

  @Sendable private static func inputs(_ text: String) throws -> RefinerInputs {
    guard let inputs = RefinerInputs(rawValue: text) else {
      throw ValidationError(
        "it must be \(RefinerInputs.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return inputs
  }

  @Sendable private static func mode(_ text: String) throws -> RefinerMode {
    guard let mode = RefinerMode(rawValue: text) else {
      throw ValidationError("it must be blend, add or noblend")
    }
    return mode
  }
}
