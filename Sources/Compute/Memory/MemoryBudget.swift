// What memory there is, asked before much of it is taken.

import CMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The memory that this process may still take.
///
/// The system grants more than it has and kills whoever uses it, or refuses at a limit where Swift's
/// allocator can only abort. So whoever is about to take much, by a size that a file or an option
/// decides, asks here first and throws with words.
public enum MemoryBudget {
  /// Less than this is taken without asking: asking reads files of the kernel.
  package static let smallest = 64 << 20

  /// Bytes that can be taken: the least of the address space that is left (`ulimit -v`), the limits of
  /// the control groups, and what the machine has free or can free.
  package static func available() -> Int {
    [addressSpace(), controlGroups(), machine()].compactMap { $0 }.min() ?? .max
  }

  /// - Throws: `osError` when `bytes` are more than there are.
  public static func require(_ bytes: Int, for use: String) throws(ProgramError) {
    if bytes >= smallest, bytes > available() { throw refusal(bytes, for: use) }
  }

  /// Gives what was freed back to the system, for whoever has freed gigabytes and goes on: the allocator
  /// would keep them.
  package static func giveBack() { cmemory_give_back() }

  /// The error of a request that was refused.
  static func refusal(_ bytes: Int, for use: String) -> ProgramError {
    ProgramError(
      .osError, "there is not enough memory for \(use)", expected: text(bytes),
      found: text(max(0, available())),
      hint: "a smaller picture or fewer threads need less")
  }

  /// The product of some extents, `Int.max` where it overflows or an extent is negative: sizes for
  /// `require`.
  public static func product(_ extents: Int...) -> Int { product(extents) }

  static func product(_ extents: [Int]) -> Int {
    var result = 1
    for extent in extents {
      let (product, overflow) = result.multipliedReportingOverflow(by: extent)
      if overflow || extent < 0 { return .max }
      result = product
    }
    return result
  }

  /// "54.7 GB"
  package static func text(_ bytes: Int) -> String {
    if bytes == .max { return "more than there is" }
    let (unit, name) = bytes >= 1_000_000_000 ? (1_000_000_000, "GB") : (1_000_000, "MB")
    return "\(bytes / unit).\(bytes % unit / (unit / 10)) \(name)"
  }

  // MARK: What the system says

  private static func addressSpace() -> Int? {
    guard let pages = contents("/proc/self/statm")?.split(separator: " "), pages.count > 5,
      let all = Int(pages[0]), let data = Int(pages[5])
    else { return nil }
    let page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    func left(_ limit: rlimit, _ taken: Int) -> Int? {
      // RLIM_INFINITY is the largest number of the type.
      limit.rlim_cur >= rlim_t(Int.max) ? nil : max(0, Int(limit.rlim_cur) - taken * page)
    }
    var (space, heap) = (rlimit(), rlimit())
    #if canImport(Glibc)
      let found = (
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space),
        getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &heap)
      )
    #else
      let found = (getrlimit(RLIMIT_AS, &space), getrlimit(RLIMIT_DATA, &heap))
    #endif
    guard found == (0, 0) else { return nil }
    return [left(space, all), left(heap, data)].compactMap { $0 }.min()
  }

  private static func machine() -> Int? {
    guard let text = contents("/proc/meminfo") else { return nil }
    var sum: Int?
    for line in text.split(separator: "\n")
    where line.hasPrefix("MemAvailable:") || line.hasPrefix("SwapFree:") {
      guard let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
        continue
      }
      sum = (sum ?? 0) + number * 1024
    }
    return sum
  }

  /// What the control groups of this process, and those above them, leave.
  private static func controlGroups() -> Int? {
    guard let text = contents("/proc/self/cgroup") else { return nil }
    var least: Int?
    for line in text.split(separator: "\n") {
      // "0::/path" of version 2, "4:memory:/path" of version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory")
      else { continue }
      let isSecond = parts[1].isEmpty
      let root = isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      var path = parts[2] == "/" ? "" : String(parts[2])
      while true {
        if let left = left(ofGroup: root + path, isSecond) { least = min(least ?? left, left) }
        guard let slash = path.lastIndex(of: "/") else { break }
        path = String(path[..<slash])
      }
    }
    return least
  }

  private static func left(ofGroup folder: String, _ isSecond: Bool) -> Int? {
    func number(_ name: String) -> Int? {
      contents("\(folder)/\(name)")?.split(separator: "\n").first.flatMap { Int($0) }
    }
    guard let limit = number(isSecond ? "memory.max" : "memory.limit_in_bytes"),
      let used = number(isSecond ? "memory.current" : "memory.usage_in_bytes")
    else { return nil }
    // Pages of files that nobody reads any more are freed on demand.
    let key = isSecond ? "inactive_file " : "total_inactive_file "
    let cache =
      contents("\(folder)/memory.stat")?.split(separator: "\n")
      .first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) } ?? 0
    return max(0, limit - max(0, used - cache))
  }

  /// The first bytes of a file of the kernel, as many as such files have.
  private static func contents(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var count = 0
      while count < buffer.count {
        let got = systemRead(descriptor, base + count, buffer.count - count)
        if got <= 0 { break }
        count += got
      }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }
}
