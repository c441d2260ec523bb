import ArgumentParser
import Avatar
import Compute
import Media

/// How neural avatars are drawn.
struct NeuralOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Checkpoint with the network's weights, instead of those in the avatar.",
    transform: OptionText.parse)
  var checkpoint: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "dinar: as DINAR shows its avatars: the photo's camera and size, its turntable, file names."))
  var like: OriginalSystem?

  @Option(
    parsing: .unconditional,
    help:
      "Opacity below which a neural avatar is not seen, \(Limits.maskThreshold), 0 for no threshold (default 0.5).",
    transform: Limits.maskThreshold.parse)
  var maskThreshold: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folder, or NAME_%06d.png, for the opacity that a neural avatar's network draws.",
      valueName: "folder"), transform: OptionText.parse)
  var maskFolder: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far from the body a neural avatar is drawn: auto (until nothing is at the edge), all, or \(Limits.reach) (default: auto, with --like dinar all).",
      valueName: "reach"),
    transform: NeuralOptions.parseReach)
  var reach: NetworkReach?

  @Option(
    parsing: .unconditional,
    help:
      "exact (float32) or fast (bytes where no eye can tell), for a neural avatar's network (default: exact)."
  )
  var precision: Precision?

  @Option(
    parsing: .unconditional,
    help: "PSNR that --precision fast keeps from exact frames, \(Limits.budget) (default 40).",
    transform: Limits.budget.parse)
  var budget: Double?

  enum Precision: String, ExpressibleByArgument, CaseIterable { case exact, fast }

  @Flag(help: "Compute a neural avatar's network at every pixel, also where the result is known.")
  var dense = false

  @Flag(help: "Print what each layer of a neural avatar's network takes, on the last frame.")
  var profile = false

  mutating func validate() throws {
    if budget != nil, precision != .fast {
      throw ValidationError("--budget is for --precision fast")
    }
  }

  var settings: NeuralSettings {
    var settings = NeuralSettings()
    if let maskThreshold { settings.maskThreshold = maskThreshold }
    settings.reach = reach ?? (like == .dinar ? .everywhere : .automatic)
    settings.isDense = dense
    if precision == .fast {
      settings.precision = .fast(budget: budget ?? NetworkPrecision.defaultBudget)
    }
    return settings
  }

  /// Options that steer the network, by name.
  private var given: [String] {
    [
      ("--mask-threshold", maskThreshold != nil), ("--mask-folder", maskFolder != nil),
      ("--profile", profile), ("--precision", precision != nil), ("--budget", budget != nil),
      ("--reach", reach != nil), ("--dense", dense),
    ].filter(\.1).map(\.0)
  }

  /// Throws for options that mean nothing for an avatar.
  func check(_ description: AvatarDescription, _ picture: PictureOptions) throws {
    func refuse(_ option: String?, _ what: String) throws {
      guard let option else { return }
      throw ProgramError(.usage, what, key: option, found: "\(description.name)")
    }
    if !description.decoder.kind.isNeural {
      try refuse(
        like == nil ? given.first : "--like",
        "the option is for neural avatars, and this one is \(description.decoder.kind)")
      return
    }
    guard picture.pass == .color else {
      return try refuse(
        given.first, "the option is for the colours of a neural avatar, not for --pass")
    }
    if picture.light != nil {
      try refuse("--light", "a neural avatar's light is in its texture")
    }
    if picture.supersample != nil {
      try refuse("--supersample", "a neural avatar's network draws each pixel once")
    }
  }

  @Sendable static func parseReach(_ text: String) throws -> NetworkReach {
    switch text {
    case "auto": return .automatic
    case "all": return .everywhere
    default:
      guard let pixels = try? Limits.reach.parse(text) else {
        throw ValidationError("it must be auto, all, or \(Limits.reach)")
      }
      return .pixels(pixels)
    }
  }
}

/// Systems whose ways can be followed.
enum OriginalSystem: String, ExpressibleByArgument, CaseIterable { case dinar }
