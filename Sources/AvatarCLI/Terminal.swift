import CProcess
import Compute
import Foundation
import Synchronization

/// Everything the program says: results on standard output, all else on standard error.
///
/// Texts pass through `printable`, so that what comes out of a file does not steer the terminal.
/// Nothing here can fail or end the program: messages to a standard error that is full, closed or
/// gone are lost, and whether the results arrived is asked once, at the end.
enum Terminal {
  static func error(_ error: ProgramError) {
    if speaksJSON {
      write(json: Message(error: .init(error)))
    } else {
      write("error: \(error)\n")
    }
  }

  static func warn(_ warning: String) {
    let text = OptionNames.written(warning)
    if speaksJSON {
      write(json: Message(warning: line(text)))
    } else {
      write("warning: \(line(text))\n")
    }
  }

  static func note(_ text: String) {
    if speaksJSON {
      write(json: Message(note: line(text)))
    } else {
      write("\(line(text))\n")
    }
  }

  /// A text on one line, a quoted error's hint included.
  private static func line(_ text: String) -> String {
    text.replacingOccurrences(of: "\n  hint: ", with: "; hint: ").printable(limit: 10_000)
  }

  // MARK: Standard error

  /// Whether standard error carries JSON objects only, one a line.
  static var speaksJSON: Bool {
    get { jsonFlag.load(ordering: .relaxed) }
    set {
      jsonFlag.store(newValue, ordering: .relaxed)
      cprocess_speak_json(newValue ? 1 : 0)
      MemoryExhaustion.speakJSON(newValue)
    }
  }

  private static let jsonFlag = Atomic<Bool>(false)

  private struct Message: Encodable {
    var note: String?
    var warning: String?
    var error: Fields?

    struct Fields: Encodable {
      let code: Int32
      let what: String
      let file, key, expected, found, hint: String?

      init(_ error: ProgramError) {
        code = error.code.rawValue
        what = error.what.printable()
        file = error.file?.printable(limit: 4096)
        key = error.key?.printable()
        expected = error.expected?.printable()
        found = error.found?.printable()
        hint = error.hint?.printable(limit: 4096)
      }
    }
  }

  static func write(json object: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(object) else { return }
    write(String(decoding: line, as: UTF8.self) + "\n")
  }

  /// Text of our own, as it is.
  static func write(_ text: String) {
    output.withLock { $0.flush() }
    _ = systemWriteAll(STDERR_FILENO, Array(text.utf8))
  }

  /// Whether standard error is a person's terminal.
  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

  // MARK: Standard output

  /// One line of results.
  static func print(_ text: String) { put(line(text)) }

  /// Lines of our own, as they are: help, versions.
  static func print(lines text: String) { put(text) }

  private static func put(_ text: String) {
    output.withLock {
      $0.bytes.append(contentsOf: text.utf8)
      $0.bytes.append(UInt8(ascii: "\n"))
      if $0.isInteractive || $0.bytes.count > 1 << 16 { $0.flush() }
    }
  }

  /// Writes what is left.
  ///
  /// - Throws: `inputOutput` when results did not arrive. A reader that has closed its end has read
  ///   what it wanted.
  static func finish() throws {
    let failure = output.withLock {
      $0.flush()
      return $0.failure
    }
    guard failure != 0, failure != EPIPE else { return }
    throw systemError(failure, "cannot be written", "standard output", .inputOutput)
  }

  private static let output = Mutex(Output())

  private struct Output {
    var bytes: [UInt8] = []
    /// The first `errno`; nothing is written after it.
    var failure: Int32 = 0
    let isInteractive = isatty(STDOUT_FILENO) == 1

    mutating func flush() {
      if failure == 0, !bytes.isEmpty { failure = systemWriteAll(STDOUT_FILENO, bytes) }
      bytes.removeAll(keepingCapacity: true)
    }
  }
}

/// In this module `print` is the terminal's: no line of results goes past its cleaning, nor is lost
/// without a word.
func print(_ line: String) { Terminal.print(line) }
