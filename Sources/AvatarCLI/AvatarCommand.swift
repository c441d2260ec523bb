import ArgumentParser
import CSIMD
import Compute
import Foundation

/// The program `avatar`: one file per command in `Commands/`, shared options in `Options/`.
@main
struct AvatarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "avatar",
    abstract: "Renders animatable human avatars on the CPU.",
    discussion: """
      avatar turntable sample -o turn.mp4
      avatar animate sample walk.npz -o walk.mp4
      avatar export sample -o person.png --view left

      AVATAR and MOTION are files or the bundled names that `avatar list` shows.
      """,
    version: Version.text,
    subcommands: [
      Turntable.self, Animate.self, Export.self, Import.self, Inspect.self, List.self,
      Doctor.self,
    ])

  /// Parses, runs, and turns errors into one message on standard error and a sysexits status.
  static func main() {
    let missing = String(cString: csimd_missing_features())
    if !missing.isEmpty {
      Terminal.error(
        ProgramError(
          .unavailable, "this processor cannot run this build", expected: missing,
          hint: "build with AVATAR_MARCH=x86-64-v3 make build, or on this machine"))
      Foundation.exit(ProgramError.Code.unavailable.rawValue)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as ProgramError {
      Terminal.error(error)
      Foundation.exit(error.code.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

enum Version {
  static let text = "0.1.0"
}
