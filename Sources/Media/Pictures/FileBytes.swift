// Reading a whole file.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum FileBytes {
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
  package static func read(path: String) throws -> [UInt8] {
    let (descriptor, size) = try InputFile.open(path)
    defer { close(descriptor) }
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
