// Calls of the system under names that Swift sees and no method hides.

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

func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer, _ count: Int) -> Int {
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
