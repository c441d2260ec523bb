import ArgumentParser
import Avatar
import Compute
import SMPLX

/// The body model and its standing pose.
struct BodyOptions: ParsableArguments {
  @Option(help: "Body model: a file, a folder of official SMPL-X files, or a bundled name.")
  var body: String?

  @Option(help: "Pose of turntables and stills: standing (arms lowered) or rest (the model's T).")
  var pose: StandingPose = .standing

  enum StandingPose: String, ExpressibleByArgument, CaseIterable { case standing, rest }

  func stillPose(model: BodyModel) -> BodyPose {
    switch pose {
    case .standing: .standing(model)
    case .rest: BodyPose()
    }
  }
}
