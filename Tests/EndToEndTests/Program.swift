import Foundation
import TestSupport

/// Runs the built program as a user would.
enum Program {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The program lies beside the test bundle.
  static let path: String = {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("avatar").path
  }()

  static func start(
    _ arguments: [String], environment: [String: String] = [:], program: String = path,
    folder: String? = nil
  ) throws -> (process: Process, output: Pipe, errors: Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    try process.run()
    return (process, output, errors)
  }

  @discardableResult
  static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: String? = nil
  ) throws -> Result {
    let (process, output, errors) = try start(
      arguments, environment: environment, folder: folder)
    return finish(process, output, errors)
  }

  /// As above, by a shell: `script` runs the program as `"$0" "$@"`.
  static func run(_ arguments: [String], script: String, folder: String? = nil) throws -> Result {
    let (process, output, errors) = try start(
      ["-c", script, path] + arguments, program: "/bin/sh", folder: folder)
    return finish(process, output, errors)
  }

  /// As above, by a shell that lets no file grow beyond `blocks` times 512 bytes.
  static func run(_ arguments: [String], limitingFilesTo blocks: Int) throws -> Result {
    try run(arguments, script: "ulimit -f \(blocks); exec \"$0\" \"$@\"")
  }

  static func finish(_ process: Process, _ output: Pipe, _ errors: Pipe) -> Result {
    // What is printed is far below a pipe's buffer, so reading one after the other cannot block.
    let outputText = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errorText = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // Ended by a signal: as a shell has it.
    let status =
      process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    return Result(status: status, output: outputText, errors: errorText)
  }

  /// Waits until a running program has written `bytes` to an unfinished output in `folder`, which may
  /// have no name: found among its open files.
  ///
  /// - Returns: false when it ended, or did not get so far in a minute.
  static func waitForOutput(of process: Process, in folder: String, bytes: Int) -> Bool {
    let files = "/proc/\(process.processIdentifier)/fd"
    let place = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path + "/"
    let deadline = Date().addingTimeInterval(60)
    while process.isRunning, Date() < deadline {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? [] {
        var status = stat()
        guard
          let target = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "\(files)/\(name)"),
          target.hasPrefix(place), stat("\(files)/\(name)", &status) == 0
        else { continue }
        if status.st_size >= bytes { return true }
      }
      usleep(5000)
    }
    return false
  }
}

/// A folder of its own for a test, removed afterwards.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("avatar-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: url.appendingPathComponent(name))
  }
}
