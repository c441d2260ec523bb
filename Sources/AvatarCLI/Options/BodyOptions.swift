import ArgumentParser
import Avatar
import Compute
import SMPLX

/// The body model.
struct BodyOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Body instead of the avatar's own: neutral, male, female, a file, or a folder of official SMPL-X files.",
      valueName: "body"),
    transform: OptionText.parse)
  var body: String?
}

/// How somebody stands whom no motion moves.
struct PoseOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Pose: standing (arms lowered) or rest (the model's T) (default: standing).")
  var pose: StandingPose?

  enum StandingPose: String, ExpressibleByArgument, CaseIterable { case standing, rest }

  func stillPose(model: BodyModel) -> BodyPose {
    switch pose ?? .standing {
    case .standing: .standing(model)
    case .rest: BodyPose()
    }
  }
}
