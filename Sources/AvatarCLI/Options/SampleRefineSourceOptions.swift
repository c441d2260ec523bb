import ArgumentParser

/// Pictures that go with those that are named.
struct SampleRefineSourceOptions: ParsableArguments {
  @Option(
    name: [.long], parsing: .unconditional,
    help: ArgumentHelp(
      "Mask of a prepared texture, or a folder (default: NAME_mask_symm.png).",
      valueName: "file"),
    transform: OptionText.parse)
  var pmask: String?

  @Option(
    name: [.long, .customLong("norm_map")], parsing: .unconditional,
    help: ArgumentHelp(
      "Normal map of a prepared texture, or a folder (default: NAME_norm.png).",
      valueName: "file"),
    transform: OptionText.parse)
  var normMap: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "DensePose's picture of the photo: the part in blue, U in green, V in red.",
      valueName: "file"),
    transform: OptionText.parse)
  var iuv: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "DensePose's table, dp_uv_lookup_256.npy, for --iuv.", valueName: "file"),
    transform: OptionText.parse)
  var lookup: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "SMPL atlas of the body's triangles, FILE.npz with vt and ft (default: the body's own atlas).",
      valueName: "file"), transform: OptionText.parse)
  var atlas: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fit of yours, as SMPLify-X or avatar fit writes it, instead of finding one.",
      valueName: "file"), transform: OptionText.parse)
  var fit: String?
}
