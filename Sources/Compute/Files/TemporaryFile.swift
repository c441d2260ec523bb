// A file that has not got its final name.

import CProcess

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open file in the folder of its destination: without any name where the file system can do that
/// (O_TMPFILE), so that however the process ends nothing stays behind, else with a hidden one.
struct TemporaryFile {
  let descriptor: Int32
  private let folder: String
  private(set) var name: TemporaryName?

  /// - Parameters:
  ///   - folder: empty, or ending with a slash.
  ///   - named: with a hidden name in any case.
  /// - Returns: nil when it cannot be created; `errno` says why.
  init?(in folder: String, named: Bool) {
    self.folder = folder
    if !named, TemporaryFile.systemKnowsNameless {
      let descriptor = cprocess_open_unnamed(folder.isEmpty ? "." : folder, 0o666)
      if descriptor >= 0 {
        self.descriptor = descriptor
        // For the moment in which it bears a hidden name, when it replaces another.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        return
      }
    }
    while true {
      let name = TemporaryName(in: folder)
      let descriptor = open(name.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0 {
        let error = errno
        // Somebody's file has this name: its number stays taken.
        if error == EEXIST { continue }
        name.release()
        guard error == EINTR else {
          errno = error
          return nil
        }
        continue
      }
      name.register()
      var status = stat()
      let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
      // Somebody who removes leftovers was faster.
      if isTaken || (fstat(descriptor, &status) == 0 && status.st_nlink == 0) {
        close(descriptor)
        name.release()
        continue
      }
      self.descriptor = descriptor
      self.name = name
      return
    }
  }

  /// A path by which this process can open the file.
  var path: String { name?.path ?? "/proc/self/fd/\(descriptor)" }

  /// Gives it a name that nobody has; false and `errno` EEXIST if somebody does. A hidden name stays
  /// beside it.
  func link(to target: String) -> Bool {
    guard let name else { return cprocess_link_unnamed(descriptor, target) == 0 }
    return Self.systemLink(name.path, target) == 0
  }

  /// Gives it a name, in place of the file that has it.
  mutating func replace(_ target: String) -> Bool {
    if name == nil {
      while true {
        let hidden = TemporaryName(in: folder)
        if cprocess_link_unnamed(descriptor, hidden.path) == 0 {
          hidden.register()
          name = hidden
          break
        }
        let error = errno
        if error == EEXIST { continue }
        hidden.release()
        errno = error
        return false
      }
    }
    guard let name, rename(name.path, target) == 0 else { return false }
    name.release()
    self.name = nil
    return true
  }

  /// Removes the hidden name.
  mutating func unlinkName() {
    guard let name else { return }
    unlink(name.path)
    name.release()
    self.name = nil
  }

  private static func systemLink(_ from: String, _ to: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.link(from, to)
    #else
      Musl.link(from, to)
    #endif
  }

  /// Files without names are opened again and named through /proc.
  private static let systemKnowsNameless =
    access("/proc/self/fd", X_OK) == 0 && getenv("AVATAR_NAMED_TEMPORARIES") == nil
}
