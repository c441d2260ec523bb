import Compute

/// How the writers of this module make their files: whole or not at all, replacing what has the name.
enum OutputFile {
  static func write(_ bytes: [UInt8], to path: String) throws {
    try PendingFile.write(bytes, to: path, overwrite: true)
  }
}
