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
package final class MappedFile: @unchecked Sendable {
  // Sendable: the mapping is read only and ends with the object.
  package let path: String
  package let bytes: UnsafeRawBufferPointer
  private let input: MappedInput

  /// - Throws: as `InputFile.open`, and `osError` when the system does not map the file.
  package init(path: String) throws {
    self.path = path
    let (descriptor, size) = try InputFile.open(path)
    defer { close(descriptor) }
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      input = MappedInput(bytes, path: path)
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      address != MAP_FAILED
    else {
      throw ProgramError(
        .osError, "the file cannot be mapped", file: path, expected: "\(size) bytes of memory",
        found: String(cString: strerror(errno)))
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
    input = MappedInput(bytes, path: path)
  }

  /// Gives the memory of whole pages within `part` back to the system: they count as resident
  /// otherwise although nobody needs them again. Reading them later fetches them from the file.
  package func release(_ part: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, let start = part.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (start - base + page - 1) / page * page
    let end = (start - base + part.count) / page * page
    guard end > first else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
  }

  deinit {
    input.forget()
    if let address = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    }
  }
}
