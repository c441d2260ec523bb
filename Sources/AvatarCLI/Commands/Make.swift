import ArgumentParser
import Avatar
import Compute
import Foundation

struct Make: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a plain avatar of a body and a painted texture.",
    discussion: """
      avatar make neutral --texture skin.png -o me.safetensors
      avatar make SMPLX_MALE.npz --texture skin.jpg --betas 1.2,-0.5 \\
        --name Tom -o tom.safetensors
      avatar turntable me.safetensors -o turn.mp4

      The texture is laid out as the body's texture coordinates (vt, ft) say, row 0 \
      being v = 1; avatar export BODY --pass uv -o uv.png shows where they are. The \
      avatar keeps the body's path and checksum; the body is also looked for beside the \
      avatar and in the folders of AVATAR_BODIES.
      """)

  @Argument(help: "Body: neutral, male, female, a file, or a folder of official SMPL-X files.")
  var body: String

  @Option(
    parsing: .unconditional, help: "Texture: a PNG or JPEG picture, sRGB.",
    transform: OptionText.parse)
  var texture: String

  @Option(
    name: [.short, .long], parsing: .unconditional, help: "Avatar to make, FILE.safetensors.",
    transform: OptionText.parse)
  var output: String

  @Option(
    parsing: .unconditional, help: "Its name (default: the file's).", transform: OptionText.parse)
  var name: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shape coefficients of the body, each \(Limits.beta) (default: all 0).",
      valueName: "b1,b2,..."),
    transform: OptionText.betas)
  var betas: [Float]?

  @Option(
    parsing: .unconditional,
    help: "soft (hemisphere and key light) or none (the texture as it is) (default: soft).")
  var light: Light?

  @Option(
    parsing: .unconditional, help: "A sentence about it, kept in the file.",
    transform: OptionText.parse)
  var description: String?

  @Option(
    parsing: .unconditional, help: "Under what licence it may be used, kept in the file.",
    transform: OptionText.parse)
  var license: String?

  @Flag(help: "Overwrite the avatar if it exists.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  mutating func validate() throws {
    if !output.lowercased().hasSuffix(".safetensors") {
      throw ValidationError("an avatar is a .safetensors, not \(output)")
    }
  }

  func run() throws {
    var avatar = PlainAvatar(body: body, texture: texture)
    avatar.name =
      name ?? URL(fileURLWithPath: output).deletingPathExtension().lastPathComponent
    avatar.betas = betas ?? []
    avatar.light = light ?? .soft
    avatar.text = description
    avatar.license = license
    let notices = try avatar.write(to: output, overwrite: force, assets: Assets.locate())
    if quiet { return }
    for notice in notices { Terminal.warn(notice) }
    Terminal.note("\(output): \(avatar.name)")
  }
}
