import Compute
import Foundation

/// Everything the program says besides its results: on standard error.
enum Terminal {
  static func error(_ error: ProgramError) { write("error: \(error)\n") }
  static func warn(_ text: String) { write("warning: \(text)\n") }
  static func note(_ text: String) { write("\(text)\n") }

  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// Whether standard error is a person's terminal.
  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
