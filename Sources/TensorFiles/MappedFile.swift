import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file mapped into memory, read only, for as long as the object lives.
///
/// All readers of this module stand on it. The file must not be shortened meanwhile: our own writers
/// never do that, they write beside and rename.
final class MappedFile: @unchecked Sendable {
  // Sendable: the mapping is read only and ends with the object.
  let path: String
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws {
    self.path = path
    // Not blocking: opening a named pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ProgramError(
        .noInput, "the file cannot be opened", file: path, found: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ProgramError(.noInput, "this is not a regular file", file: path)
    }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      address != MAP_FAILED
    else {
      throw ProgramError(
        .osError, "the file cannot be mapped", file: path, found: String(cString: strerror(errno)))
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  /// Gives the memory of whole pages within `part` back to the system: they count as resident
  /// otherwise although nobody needs them again. Reading them later fetches them from the file.
  func release(_ part: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, let start = part.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (start - base + page - 1) / page * page
    let end = (start - base + part.count) / page * page
    guard end > first else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
  }

  deinit {
    if let address = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    }
  }
}
