import Compute

/// How the writers of this module make their files: whole or not at all.
enum OutputFile {
  /// - Parameter overwrite: whether a file of that name may be replaced.
  static func write(_ bytes: [UInt8], to path: String, overwrite: Bool = true) throws {
    try PendingFile.write(bytes, to: path, overwrite: overwrite)
  }
}
