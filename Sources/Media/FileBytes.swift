// Reading a whole file, and the errors of the system in words.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

enum FileBytes {
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

/// read(2) and write(2) under names that methods called `read` and `write` do not hide.
func systemRead(_ descriptor: Int32, _ to: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, to, count)
}

func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, from, count)
}

/// The error for a failed system call on `path`, with a hint where there is one.
func systemError(
  _ number: Int32, _ what: String, _ path: String, _ code: ProgramError.Code
) -> ProgramError {
  let hint: String? =
    switch number {
    case ENOSPC, EDQUOT: "free some space, or write to another disk"
    case EFBIG: "the file size limit is reached (ulimit -f)"
    case EACCES, EPERM: "check the permissions of the file and its folder"
    case EROFS: "the file system is read-only: write somewhere else"
    case ENOENT where code == .cannotCreate: "create the folder first"
    case ENOENT: "check the path"
    case ENOTDIR: "a part of the path is a file, not a folder"
    case ENAMETOOLONG: "choose a shorter name"
    case EMFILE, ENFILE: "too many files are open (ulimit -n)"
    default: nil
    }
  return ProgramError(code, what, file: path, found: String(cString: strerror(number)), hint: hint)
}
