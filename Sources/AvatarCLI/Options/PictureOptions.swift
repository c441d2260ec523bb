import ArgumentParser
import Avatar
import Compute

/// Size and look of the frames.
struct PictureOptions: ParsableArguments {
  @Option(
    help:
      "Size in pixels: WIDTHxHEIGHT, or N for N x N (default 1024; neural avatars: the photo's).")
  var size: FrameSize?

  @Option(help: "white, black, #rrggbb, a picture file, or transparent (PNG only).")
  var background = "white"

  @Option(help: "Samples per pixel and axis, 1 to 4 (default: 2).")
  var supersample: Int?

  @Option(help: "draft, standard or high: sets supersampling, CRF and preset together.")
  var quality: Quality = .standard

  @Flag(help: "A quick look: draft quality at 512 pixels.")
  var preview = false

  @Option(help: "soft (hemisphere and key light) or none (the texture as it is).")
  var light: Light?

  @Option(help: "What to show: color, mask, depth, normals, face-normals, uv or parts.")
  var pass: RenderPass = .color

  enum Quality: String, ExpressibleByArgument, CaseIterable { case draft, standard, high }

  mutating func validate() throws {
    if let supersample, !(1...4).contains(supersample) {
      throw ValidationError("--supersample must be 1 to 4, not \(supersample)")
    }
  }

  /// - Parameter photo: of a neural avatar; its network was trained at that size.
  func frameSize(photo: AvatarDescription.Photo?) -> FrameSize {
    size ?? photo.map { FrameSize(width: $0.width, height: $0.height) }
      ?? (preview ? FrameSize(width: 512, height: 512) : FrameSize(width: 1024, height: 1024))
  }

  var effectiveQuality: Quality { preview ? .draft : quality }

  var samples: Int {
    supersample ?? [.draft: 1, .standard: 2, .high: 4][effectiveQuality] ?? 2
  }

  func settings(for avatar: AvatarDescription, _ neural: NeuralOptions) throws -> RenderSettings {
    try neural.check(avatar, self)
    let size = frameSize(photo: avatar.photo)
    let isNeural = avatar.decoder.kind != "plain" && pass == .color
    let settings = RenderSettings(
      width: size.width, height: size.height, supersample: isNeural ? 1 : samples,
      background: try Background.parse(background, width: size.width, height: size.height),
      light: light, pass: pass, neural: neural.settings)
    try settings.check()
    return settings
  }
}

/// A size in pixels as written on the command line.
struct FrameSize: ExpressibleByArgument, Equatable {
  var width: Int
  var height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count),
      numbers.allSatisfy({ (1...16384).contains($0) })
    else { return nil }
    self.init(width: numbers[0], height: numbers[numbers.count - 1])
  }
}

extension Light: ExpressibleByArgument {}
extension RenderPass: ExpressibleByArgument {}
