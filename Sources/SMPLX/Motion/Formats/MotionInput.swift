import Compute
import TensorFiles

/// A file or folder that may be a motion, opened as far as was asked for, once.
///
/// Formats look at it one after the other, so what is costly is kept.
final class MotionInput {
  let path: String
  let isFolder: Bool
  /// The container by its first bytes; `unknown` for a folder.
  let kind: FileKind
  private var opened: MotionArrays?

  /// - Throws: as `InputFile.open`.
  init(path: String) throws {
    self.path = path
    isFolder = InputFile.isFolder(path)
    kind = isFolder ? .unknown : try FileKind(path: path)
  }

  /// Arrays that have been opened already.
  init(_ arrays: MotionArrays, kind: FileKind) {
    path = arrays.file
    isFolder = false
    self.kind = kind
    opened = arrays
  }

  /// The arrays of a container of them.
  ///
  /// - Throws: for other files.
  func arrays() throws -> MotionArrays {
    if let opened { return opened }
    let arrays = try MotionFile.open(path: path)
    opened = arrays
    return arrays
  }
}
