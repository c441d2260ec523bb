// What killed processes left behind.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Removes temporary files whose writer is gone, once for each folder that this process writes into.
///
/// A writer holds a lock (flock) on its file for as long as it lives, so nobody else's work in
/// progress is ever removed:
///
/// - a file that can be locked and whose name says this host: its writer is gone;
/// - one of another host, where a network file system may keep locks to each machine: only if it was
///   not written to for a day as well;
/// - on a file system without locks: only this host's, if its process is gone, after a day.
enum Leftovers {
  private static let seen = Mutex<Set<String>>([])

  /// - Parameter folder: empty, or ending with a slash.
  static func sweep(_ folder: String) {
    guard seen.withLock({ $0.insert(folder).inserted }) else { return }
    remove(in: folder)
  }

  static func remove(in folder: String) {
    guard let entries = opendir(folder.isEmpty ? "." : folder) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let writer = TemporaryName.writer(of: name) else { continue }
      removeIfLost(folder + name, writer)
    }
  }

  private static func removeIfLost(_ path: String, _ writer: (host: String?, process: pid_t)) {
    // Not blocking, no links: the name may be anything.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid()
    else { return }
    let isOurs = writer.host ?? TemporaryName.host == TemporaryName.host
    let isOld = time(nil) - status.st_mtim.tv_sec > 86_400
    let isGone = kill(writer.process, 0) != 0 && errno == ESRCH
    let lost: Bool
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      // Earlier names have no host, and their writers held no lock.
      lost = writer.host == nil ? isGone : isOurs || isOld
    } else {
      lost = errno != EWOULDBLOCK && isOurs && isGone && isOld
    }
    // The lock is held until the file is closed: a writer that has just made it finds that out.
    if lost { unlink(path) }
  }
}
