import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes whole files: beside the target, then renamed, so that nothing half-written has the name.
enum OutputFile {
  static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = "\(path).\(getpid()).part"
    func fail(_ what: String) -> ProgramError {
      ProgramError(.cannotCreate, what, file: path, found: String(cString: strerror(errno)))
    }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw fail("the file cannot be created") }
    var written = 0
    var failed = false
    bytes.withUnsafeBytes { raw in
      while let base = raw.baseAddress, written < raw.count {
        let count = systemWrite(descriptor, base + written, raw.count - written)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          failed = true
          break
        }
        written += count
      }
    }
    let error = errno
    if close(descriptor) != 0 { failed = true }
    if failed || rename(temporary, path) != 0 {
      let cause = failed ? error : errno
      unlink(temporary)
      errno = cause
      throw fail("the file cannot be written")
    }
  }
}

/// The system's `write`, whose name the function above hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
