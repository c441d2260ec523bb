// Folders that outputs are written into.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum OutputFolder {
  /// Folders that this process made, outer ones first.
  private static let made = Mutex<[String]>([])

  /// Removes the folders that this process made and nothing was put into: a run that fails leaves nothing.
  package static func removeEmpty() {
    made.withLock { folders in
      // A folder that holds something stays.
      for folder in folders.reversed() { rmdir(folder) }
      folders = []
    }
  }

  /// Makes a folder and those that it lies in, as far as they are missing.
  ///
  /// - Throws: `cannotCreate` when a part of the path is a file or may not be written to.
  package static func create(_ path: String) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ProgramError(
        .cannotCreate, "cannot be created", file: path, found: "no name of a folder")
    }
    var made = path.utf8.startIndex
    while made < path.utf8.endIndex {
      let end =
        path.utf8[made...].dropFirst().firstIndex(of: UInt8(ascii: "/"))
        ?? path.utf8.endIndex
      let part = String(decoding: path.utf8[..<end], as: UTF8.self)
      if mkdir(part, 0o777) == 0 {
        Self.made.withLock { $0.append(part) }
      } else {
        let number = errno
        guard InputFile.isFolder(part) else {
          throw systemError(
            number == EEXIST ? ENOTDIR : number, "the folder cannot be created", part, .cannotCreate
          )
        }
      }
      made = end
    }
  }
}
