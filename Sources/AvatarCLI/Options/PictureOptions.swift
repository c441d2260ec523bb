import ArgumentParser
import Avatar
import Compute

/// Size and look of the frames.
struct PictureOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "Size in pixels: WIDTHxHEIGHT, or N for N x N, 1 to 16384 (default 1024; neural avatars: the photo's).",
    transform: FrameSize.parse)
  var size: FrameSize?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "\(Background.colorNames.joined(separator: ", ")), #rrggbb, a picture file, or transparent (PNG only) (default: white).",
      valueName: "background"),
    transform: OptionText.parse)
  var background: String?

  @Option(
    parsing: .unconditional,
    help: "Sets supersampling, CRF and preset together (default: standard).")
  var quality: Quality?

  @Flag(help: "A quick look: draft quality at 512 pixels.")
  var preview = false

  @Option(
    parsing: .unconditional,
    help: "soft (hemisphere and key light) or none (the texture as it is) (default: the avatar's).")
  var light: Light?

  @Option(parsing: .unconditional, help: "What to show.")
  var pass: RenderPass = .color

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Samples per pixel and axis, \(Limits.supersample) (default: 2).", visibility: .hidden),
    transform: Limits.supersample.parse)
  var supersample: Int?

  enum Quality: String, ExpressibleByArgument, CaseIterable { case draft, standard, high }

  mutating func validate() throws {
    if preview, quality != nil {
      throw ValidationError("--preview and --quality both set the quality; give one of them")
    }
    guard pass != .color else { return }
    if light != nil { throw ValidationError("--light is for --pass color, not \(pass.rawValue)") }
    if background != nil {
      throw ValidationError("--background is for --pass color; other passes are black there")
    }
    if supersample != nil, pass != .mask {
      throw ValidationError(
        "--supersample is for --pass color and mask; \(pass.rawValue) has one value a pixel")
    }
  }

  /// A network is asked for pictures of the size that it was trained at.
  private func frameSize(of avatar: AvatarDescription) -> FrameSize {
    let photo = avatar.decoder.kind.isNeural ? avatar.photo : nil
    return size ?? photo.map { FrameSize(width: $0.width, height: $0.height) }
      ?? (preview ? FrameSize(width: 512, height: 512) : FrameSize(width: 1024, height: 1024))
  }

  var effectiveQuality: Quality { preview ? .draft : quality ?? .standard }

  var samples: Int {
    supersample ?? [.draft: 1, .standard: 2, .high: 4][effectiveQuality] ?? 2
  }

  func settings(for avatar: AvatarDescription, _ neural: NeuralOptions) throws -> RenderSettings {
    try neural.check(avatar, self)
    let size = frameSize(of: avatar)
    let isNeural = avatar.decoder.kind.isNeural && pass == .color
    let settings = RenderSettings(
      width: size.width, height: size.height, supersample: isNeural ? 1 : samples,
      background: try Background.parse(
        background ?? "white", width: size.width, height: size.height),
      light: light, pass: pass, neural: neural.settings)
    try settings.check()
    return settings
  }
}

/// A size in pixels as written on the command line.
struct FrameSize: Equatable {
  var width: Int
  var height: Int

  /// WIDTHxHEIGHT or N.
  @Sendable static func parse(_ text: String) throws -> FrameSize {
    let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { try? Limits.side.parse(String($0)) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count) else {
      throw ValidationError("it must be WIDTHxHEIGHT or N, each \(Limits.side)")
    }
    return FrameSize(width: numbers[0], height: numbers[numbers.count - 1])
  }
}

extension Light: ExpressibleByArgument {}
extension RenderPass: ExpressibleByArgument {}
