import ArgumentParser
import Avatar
import Compute
import Media

/// How neural avatars are drawn.
struct NeuralOptions: ParsableArguments {
  @Option(help: "Checkpoint with the network's weights, instead of those in the avatar.")
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "dinar: as DINAR shows its avatars: the photo's camera and size, its turntable, file names."))
  var like: OriginalSystem?

  @Option(
    help: "Opacity below which a neural avatar is not seen, 0 for no threshold (default 0.5).")
  var maskThreshold: Float?

  @Option(help: "Folder for the opacity that a neural avatar's network draws, as PNG.")
  var maskFolder: String?

  @Option(
    help: ArgumentHelp(
      "How far from the body a neural avatar is drawn: auto (until nothing is at the edge), pixels, or all.",
      valueName: "reach"))
  var reach: NetworkReach?

  @Option(
    help: "exact (float32) or fast (bytes where no eye can tell), for a neural avatar's network.")
  var precision: Precision = .exact

  @Option(help: "PSNR in decibels that fast keeps from exact frames (default 40).")
  var budget: Double?

  enum Precision: String, ExpressibleByArgument, CaseIterable { case exact, fast }

  @Flag(help: "Compute a neural avatar's network at every pixel, also where the result is known.")
  var dense = false

  @Flag(help: "Print what each layer of a neural avatar's network takes, on the last frame.")
  var profile = false

  mutating func validate() throws {
    if let maskThreshold, !(0...1).contains(maskThreshold) {
      throw ValidationError("--mask-threshold must be 0 to 1, not \(maskThreshold)")
    }
    if let budget, !(1...200).contains(budget) {
      throw ValidationError("--budget must be 1 to 200 decibels, not \(budget)")
    }
    if budget != nil, precision == .exact {
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

  /// Throws for options that mean nothing for an avatar.
  func check(_ description: AvatarDescription, _ picture: PictureOptions) throws {
    func refuse(_ option: String, _ what: String) throws {
      throw ProgramError(.usage, what, key: option, found: "\(description.name)")
    }
    if description.decoder.kind == "plain" {
      let given = [
        ("--like", like != nil), ("--mask-threshold", maskThreshold != nil),
        ("--mask-folder", maskFolder != nil), ("--profile", profile),
        ("--precision", precision != .exact), ("--budget", budget != nil),
        ("--reach", reach != nil), ("--dense", dense),
      ]
      if let (option, _) = given.first(where: \.1) {
        try refuse(option, "the option is for neural avatars, and this one is plain")
      }
      return
    }
    guard picture.pass == .color else { return }
    if picture.light != nil {
      try refuse("--light", "a neural avatar's light is in its texture")
    }
    if picture.supersample != nil {
      try refuse("--supersample", "a neural avatar's network draws each pixel once")
    }
  }
}

/// Systems whose ways can be followed.
enum OriginalSystem: String, ExpressibleByArgument, CaseIterable { case dinar }

extension NetworkReach: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "auto": self = .automatic
    case "all": self = .everywhere
    default:
      guard let pixels = Int(argument), (0...16384).contains(pixels) else { return nil }
      self = .pixels(pixels)
    }
  }
}
