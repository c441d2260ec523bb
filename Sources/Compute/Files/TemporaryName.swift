// Hidden names of files that are being written.

import CProcess
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `.avatar-HOST-PID-N.tmp`: the host's name as a hash, the process, a number of its own.
///
/// A signal that ends the process removes files of these names (`CProcess`); what a process leaves
/// that had no chance to is removed by the next one that writes into the folder (`Leftovers`). The
/// number is a place in a table of the process, so that a handler's strings can be used again.
struct TemporaryName {
  let path: String
  private let slot: Int32

  /// - Parameter folder: empty, or ending with a slash.
  init(in folder: String) {
    slot = cprocess_take_slot()
    // More files at once than the table has places: without protection, numbered behind them.
    let number =
      slot >= 0 ? Int(slot) : 1000 + TemporaryName.more.wrappingAdd(1, ordering: .relaxed).oldValue
    path = "\(folder)\(Self.prefix)\(Self.host)-\(getpid())-\(number)\(Self.suffix)"
  }

  private static let more = Atomic<Int>(0)

  /// The file exists now and is ours.
  func register() {
    if slot >= 0 { cprocess_register(slot, path) }
  }

  /// The file is gone, or has its final name.
  func release() { cprocess_release_slot(slot) }

  static let prefix = ".avatar-"
  static let suffix = ".tmp"

  /// FNV-1a of the host's name, in 8 hexadecimal digits.
  static let host: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let hash = name.prefix { $0 != 0 }.reduce(UInt32(2_166_136_261)) {
      ($0 ^ UInt32(UInt8(bitPattern: $1))) &* 16_777_619
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }()

  /// Who wrote a file of this name.
  ///
  /// - Returns: nil for a name of another form; the host is nil in earlier names,
  ///   `.avatar-PID-N.tmp`.
  static func writer(of name: String) -> (host: String?, process: pid_t)? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let parts = name.dropFirst(prefix.count).dropLast(suffix.count)
      .split(separator: "-", omittingEmptySubsequences: false)
    guard 2...3 ~= parts.count, Int(parts[parts.count - 1]) != nil,
      let process = pid_t(parts[parts.count - 2]), process > 0
    else { return nil }
    return (parts.count == 3 ? String(parts[0]) : nil, process)
  }
}
