import ArgumentParser
import Compute
import Foundation

extension AvatarCommand {
  /// Says what went wrong, in one style for our errors, the argument parser's and the system's.
  ///
  /// - Returns: the exit status.
  static func report(_ error: any Error, _ arguments: [String]) -> Int32 {
    if let error = error as? ProgramError {
      Terminal.error(named(error))
      return error.code == .interrupted ? Interruption.status : error.code.rawValue
    }
    // A command has said everything itself.
    if let code = error as? ExitCode { return code.rawValue }
    switch exitCode(for: error) {
    case .success:
      let text = fullMessage(for: error)
      if !text.isEmpty { Terminal.print(lines: text) }
      return 0
    case .validationFailure:
      let lines = message(for: error).split(separator: "\n")
        .map { $0.trimmingCharacters(in: .whitespaces) }
      // Choices come as a list with hyphens, one a line.
      let choices = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
      let message =
        lines.filter { !$0.hasPrefix("- ") }.joined(separator: " ")
        + (choices.isEmpty ? "" : " " + choices.joined(separator: ", "))
      // The parser begins its sentences with a capital, we do not.
      Terminal.error(
        ProgramError(
          .usage, message.prefix(1).lowercased() + message.dropFirst(),
          hint: "see \(commandName(arguments)) --help"))
      return ProgramError.Code.usage.rawValue
    default:
      let unexpected = asProgramError(error)
      Terminal.error(unexpected)
      return unexpected.code.rawValue
    }
  }

  /// With the options that libraries do not know of.
  static func named(_ error: ProgramError) -> ProgramError {
    var error = error
    error.key = error.key.map(OptionNames.written)
    error.expected = error.expected.map(OptionNames.written)
    error.hint = error.hint.map(OptionNames.written)
    if error.code == .cannotCreate, error.what == PendingFile.alreadyExists("").what {
      error.hint = "choose another name, or use --force"
    }
    return error
  }

  /// Errors of libraries that have types of their own.
  private static func asProgramError(_ error: any Error) -> ProgramError {
    let system = error as NSError
    guard [NSCocoaErrorDomain, NSPOSIXErrorDomain].contains(system.domain) else {
      return ProgramError(
        .software, "something went wrong that should not", found: "\(error)",
        hint: "this is a fault of the program")
    }
    return ProgramError(
      .osError, "the system refused something",
      file: system.userInfo[NSFilePathErrorKey] as? String, found: system.localizedDescription)
  }

  /// The command that the arguments name, as it is typed: "avatar import dinar".
  private static func commandName(_ arguments: [String]) -> String {
    var names = [configuration.commandName ?? "avatar"]
    var commands = configuration.subcommands
    for argument in arguments.dropFirst() {
      guard let next = commands.first(where: { $0._commandName == argument }) else { break }
      names.append(argument)
      commands = next.configuration.subcommands
    }
    return names.joined(separator: " ")
  }

  /// Looks for `--progress json` before anything is parsed: what is wrong with the arguments is said
  /// in JSON too.
  static func asksForJSON(_ arguments: [String]) -> Bool {
    let options = arguments.prefix { $0 != "--" }
    return options.contains("--progress=json")
      || zip(options, options.dropFirst()).contains { $0 == ("--progress", "json") }
  }

  /// - Throws: `usage` for an argument that is not UTF-8: it would name another file.
  static func checkArguments() throws {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index] else { break }
      guard String(validatingCString: argument) == nil else { continue }
      throw ProgramError(
        .usage, "an argument is not UTF-8", found: String(cString: argument),
        hint: "rename the file; names are UTF-8 here")
    }
  }
}
