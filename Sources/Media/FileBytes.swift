// Reading a whole file.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

enum FileBytes {
  /// What `body` makes of a file's content; errors name the file.
  static func decode<R>(path: String, _ body: ([UInt8]) throws -> R) throws -> R {
    do {
      return try body(read(path: path))
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Larger pictures than this are refused (2 GiB); the largest plain one is smaller.
  static let limit = 2 << 30

  /// The content of a regular file.
  static func read(path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError(errno, "cannot be opened", path, .noInput) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw systemError(errno, "cannot be opened", path, .noInput)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ProgramError(.noInput, "is not a regular file", file: path)
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw ProgramError(
        .dataError, "the file is too large", file: path, expected: "at most \(limit) bytes",
        found: "\(size)")
    }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = 0
      while let base = buffer.baseAddress, count < size {
        let got = systemRead(descriptor, base + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        count += got
      }
    }
    if failure != 0 { throw systemError(failure, "cannot be read", path, .inputOutput) }
    return bytes
  }
}
