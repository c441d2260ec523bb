import ArgumentParser
import AvatarCreation

/// What is made besides.
struct SampleRefineResultOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Also the networks' texture, FILE.png.", valueName: "file"),
    transform: OptionText.parse)
  var texture: String?

  @Flag(help: "Also NAME_flow.png: from where the sampler took each texel.")
  var flow = false

  @Flag(help: "Also NAME_blend_mask.png and NAME_refined.png: what the refiner kept and made.")
  var blendMask = false

  @Flag(
    help: "Of photos also NAME_symmetry.png, NAME_mask_symm.png and NAME_norm.png, as prepared.")
  var prepared = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "sample-refine: pictures with its names and its bytes, which are cut off and not rounded.",
      valueName: "system"))
  var like: Like?

  @Flag(help: "Leave clothes and hair as thin as paint.")
  var noDisplacement = false

  @Option(
    parsing: .unconditional,
    help:
      "Side of avatars' textures, \(Limits.textureSize) (default 2048, of prepared ones 1024).",
    transform: Limits.textureSize.parse)
  var textureSize: Int?

  enum Like: String, ExpressibleByArgument, CaseIterable {
    case sampleRefine = "sample-refine"
  }

  var rounding: SampleRefineTexture.Rounding { like == nil ? .nearest : .truncated }
}
