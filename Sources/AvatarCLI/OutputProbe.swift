import Compute

/// Outputs that come at the end of slow work are tried before it.
enum OutputProbe {
  /// - Throws: what writing the file would: a folder that is missing or may not be written to, a name that is
  ///   a folder's. Leaves nothing.
  static func check(_ path: String) throws {
    try PendingFile(path: path, overwrite: true).discard()
  }
}
