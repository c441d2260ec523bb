import ArgumentParser
import CProcess
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
      avatar create photo.jpg -o me.safetensors
      avatar animate me.safetensors wave -o me.mp4
      avatar turntable sample -o turn.mp4
      avatar animate sample walk.npz -o walk.mp4
      avatar export sample -o person.png --view left

      AVATAR and MOTION are files or the bundled names that avatar list shows.
      AVATAR may also be a body: neutral, male, female or a file.
      COMMAND --help shows what most people need, --help-all everything.
      """,
    version: Version.text,
    subcommands: [
      Create.self, Turntable.self, Animate.self, Export.self, Check.self, Fit.self, Make.self,
      Convert.self, Evaluate.self, Compare.self, Join.self, Import.self, Inspect.self, List.self,
      Doctor.self,
    ])

  static func main() {
    cprocess_start()
    cprocess_catch_stops()
    MemoryExhaustion.endProcess(
      status: .osError, hint: "smaller pictures and fewer threads need less memory")
    Terminal.speaksJSON = asksForJSON(CommandLine.arguments)
    Foundation.exit(run(CommandLine.arguments))
  }

  /// Parses, runs, and turns errors into one message on standard error.
  ///
  /// - Returns: the exit status, one of sysexits.
  private static func run(_ arguments: [String]) -> Int32 {
    var status: Int32 = 0
    do {
      try checkProcessor()
      try checkArguments()
      var command = try parseAsRoot(ArgumentList.prepared(arguments.dropFirst()))
      try command.run()
    } catch {
      status = report(error, arguments)
    }
    do {
      try Terminal.finish()
    } catch {
      let failure = report(error, arguments)
      if status == 0 { status = failure }
    }
    if status != 0 { OutputFolder.removeEmpty() }
    return status
  }

  private static func checkProcessor() throws {
    let missing = String(cString: csimd_missing_features())
    guard missing.isEmpty else {
      throw ProgramError(
        .unavailable, "this processor cannot run this build", expected: missing,
        hint: "build with AVATAR_MARCH=x86-64-v3 make build, or on this machine")
    }
  }
}

enum Version {
  static let text = "0.1.0"
}
