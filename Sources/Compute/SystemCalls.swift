// Calls of the system, and their errors in words.

import CProcess

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// read(2) and write(2) under names that methods called `read` and `write` do not hide.
package func systemRead(_ descriptor: Int32, _ to: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, to, count)
}

package func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, from, count)
}

/// Writes all bytes, waiting where the descriptor does not.
///
/// - Returns: 0, or `errno`.
package func systemWriteAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
  bytes.withUnsafeBytes { bytes in
    guard let base = bytes.baseAddress else { return 0 }
    var done = 0
    while done < bytes.count {
      let put = write(descriptor, base + done, bytes.count - done)
      if put >= 0 {
        done += put
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// syncfs(2), which Swift does not see.
func syncFileSystem(_ descriptor: Int32) -> Int32 { cprocess_sync_file_system(descriptor) }

/// The error for a failed system call on `path`, with a hint where there is one.
package func systemError(
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
