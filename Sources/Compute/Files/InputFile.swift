// Opening what is read: regular files only, and never waiting for anybody.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The one way to open an input.
///
/// Opening a named pipe waits for its writer, and reading a device may never end, so both are told
/// from regular files before a byte is read. `/dev/stdin` is whatever it was redirected from.
package enum InputFile {
  /// An open descriptor, which the caller closes, and the file's size in bytes.
  ///
  /// - Throws: `noInput` for a path that does not exist, may not be read, or is no regular file; the
  ///   error says which.
  package static func open(_ path: String) throws -> (descriptor: Int32, size: Int) {
    guard !path.utf8.contains(0) else {
      throw ProgramError(
        .noInput, "cannot be opened", file: path.shortened(), found: "a path with a NUL in it")
    }
    // Not blocking: a pipe without a writer is opened at once. No terminal becomes ours.
    let descriptor = systemOpen(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      let number = errno
      var status = stat()
      // A socket cannot be opened at all.
      if number == ENXIO, stat(path, &status) == 0, let kind = kind(status) {
        throw notRegular(path, kind)
      }
      throw systemError(number, "cannot be opened", path, .noInput)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw systemError(number, "cannot be opened", path, .noInput)
    }
    if let kind = kind(status) {
      close(descriptor)
      throw notRegular(path, kind)
    }
    return (descriptor, Int(status.st_size))
  }

  /// Up to `count` bytes from the start of a file.
  package static func head(_ path: String, count: Int = FileKind.headLength) throws -> [UInt8] {
    let (descriptor, _) = try open(path)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes { room in
        room.baseAddress.map { systemRead(descriptor, $0 + filled, count - filled) } ?? 0
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw systemError(errno, "cannot be read", path, .inputOutput) }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Whether a path is a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0
      && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What a file that is not regular is; nil for one that is.
  private static func kind(_ status: stat) -> String? {
    switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a folder"
    case S_IFIFO: "a FIFO (a pipe)"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFSOCK: "a socket"
    default: "something else"
    }
  }

  private static func notRegular(_ path: String, _ kind: String) -> ProgramError {
    ProgramError(
      .noInput, "is not a regular file", file: path, found: kind,
      hint: kind.hasPrefix("a FIFO") ? "write it to a file first" : nil)
  }
}

/// open(2) under a name that methods called `open` do not hide.
private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
