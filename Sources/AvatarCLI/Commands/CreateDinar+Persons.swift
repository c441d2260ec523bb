import ArgumentParser
import AvatarCreation
import Compute
import Foundation

extension CreateDinar {
  /// Who, and on which body.
  struct Persons: ParsableArguments {
    @Option(
      parsing: .unconditionalSingleValue,
      help: ArgumentHelp(
        "Only the person of this name; may be given again. For photos: which one, the largest first.",
        valueName: "name"),
      transform: OptionText.parse)
    var person: [String] = []

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "All photos and persons given show this one person: one avatar of that name. Each part of it is taken from the photo that faces it most; body and style are those of the first.",
        valueName: "name"),
      transform: OptionText.parse)
    var merge: String?

    @Option(
      parsing: .unconditional,
      help: "Body of photos without a fit (default: neutral; fits say their own).")
    var gender: BodyFitOptions.Gender?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Body: neutral, male, female, a file, or a folder of official SMPL-X files (default: smplx_models beside DATA or here, or the bundled ones).",
        valueName: "body"), transform: OptionText.parse)
    var body: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Folder of uv.npy, uv_faces.npy, v_inds.npy and SMPLX-mesh-neutral.png (default: smplx_data beside DATA or here, or the checkpoint's and the body's).",
        valueName: "folder"), transform: OptionText.parse)
    var tables: String?

    /// Names of persons in folders, and the number of the person in photos, which have no names.
    func chosen(_ data: [String]) throws -> (names: [String], number: Int) {
      guard !person.isEmpty, !data.contains(where: InputFile.isFolder) else { return (person, 1) }
      guard person.count == 1, let number = try? Limits.person.parse(person[0]) else {
        throw ValidationError(
          "--person is a number for photos, \(Limits.person), the largest person first")
      }
      return ([], number)
    }
  }

  /// What is made besides avatars.
  struct Results: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "dinar: also textures/data_dict/NAME.pkl and images/, as DINAR writes them.")
    var like: OriginalSystem?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Also pictures of the texture as it becomes, every few steps.", valueName: "folder"),
      transform: OptionText.parse)
    var preview: String?

    @Flag(help: "Also NAME.png, the person as in the photo.")
    var still = false

    @Flag(help: "Also NAME.turntable.mp4, as DINAR turns it, 12 seconds.")
    var turntable = false

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Also NAME.mp4, moving as in the photo.", valueName: "motion"),
      transform: OptionText.parse)
    var video: String?

    @Flag(help: "Draw no NAME.sheet.png.")
    var noSheet = false

    @Flag(
      help: "Leave the renderer's weights in the checkpoint; rendering then needs --checkpoint.")
    var withoutWeights = false
  }
}
