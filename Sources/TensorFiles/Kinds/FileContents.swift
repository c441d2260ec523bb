import Compute

/// What a file is: `FileKind` knows containers by their first bytes, this knows what they hold.
///
/// Made by `FileContents(path:)`: commands decide by it what to do with a file, and the errors of
/// readers say with its words what they were given instead.
public struct FileContents: Sendable, Equatable {
  /// What the named arrays of a container are together.
  public enum Meaning: Sendable, Equatable {
    /// A body model of SMPL-X.
    case body
    /// A body model of another system; nil joints where they are not told.
    case otherBody(joints: Int?)
    case motion
    case avatar
    /// A file of `torch.save`.
    case checkpoint
    /// What DINAR keeps of a person.
    case dinarPerson
    /// Named arrays that are none of these.
    case arrays(count: Int)
    /// A zip archive of other things.
    case noArrays
    /// A container that cannot be opened.
    case damaged
    /// No container of named arrays, or one that was not looked into.
    case unopened
  }

  public let kind: FileKind
  public let meaning: Meaning

  public init(kind: FileKind, meaning: Meaning) {
    self.kind = kind
    self.meaning = meaning
  }

  /// Whether the file holds a body model, one that can be rendered or not.
  public var isBody: Bool {
    switch meaning {
    case .body, .otherBody: true
    default: false
    }
  }

  /// "an SMPL-X body", "a motion (a Python pickle)", "a PNG picture": for "found ..." in messages.
  public var words: String {
    switch meaning {
    case .body: "an SMPL-X body" + suffix
    case .otherBody(let joints?): "a body of \(joints) joints" + suffix
    case .otherBody: "a body model" + suffix
    case .motion: "a motion" + suffix
    case .avatar: "an avatar"
    case .checkpoint: FileKind.torchStream.words
    case .dinarPerson: "a person of DINAR" + suffix
    case .arrays(let count) where kind == .safetensors:
      "a safetensors file with \(Self.counted(count, "tensor")) but no avatar description"
    case .arrays(let count) where kind == .zip: "a NumPy archive of \(Self.counted(count, "array"))"
    case .noArrays: "a zip archive without NumPy arrays"
    case .damaged where kind == .zip: "a damaged zip archive"
    case .damaged where kind == .safetensors: "a damaged safetensors file"
    case .arrays, .damaged, .unopened: kind.words
    }
  }

  private var suffix: String { kind == .pickle ? " (\(kind.words))" : "" }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}

extension ProgramError {
  /// The error of a reader that was given another kind of file; `found` says which.
  ///
  /// - Parameters:
  ///   - what: "this is not an avatar".
  ///   - expected: what the reader takes.
  public static func otherKind(
    _ what: String, path: String, expected: String, hint: String? = nil
  ) -> ProgramError {
    let found = FileContents.words(path: path)
    return ProgramError(
      .dataError, found == FileKind.empty.words ? "the file is empty" : what, file: path,
      expected: expected, found: found == FileKind.empty.words ? nil : found, hint: hint)
  }
}
