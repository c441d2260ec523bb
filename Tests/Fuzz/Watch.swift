#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns a crash, a runaway allocation or a hang into a line that says how to see it again.
enum Watch {
  /// Address space of the process: a file that makes a reader ask for more fails loudly.
  static let memoryLimit: UInt = 2 << 30
  /// Seconds that one file may take.
  static let patience: UInt32 = 20

  // The line that a signal handler writes: handlers may not format or allocate, so it is kept ready.
  // Written by the one fuzzing thread, read by the handler on that thread.
  private static let capacity = 1024
  nonisolated(unsafe) private static let line = UnsafeMutablePointer<CChar>.allocate(
    capacity: capacity)
  nonisolated(unsafe) private static var length = 0

  static func start() {
    var limit = rlimit(rlim_cur: rlim_t(memoryLimit), rlim_max: rlim_t(memoryLimit))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] {
      signal(number) { _ in
        write(STDERR_FILENO, Watch.line, Watch.length)
        _exit(1)
      }
    }
  }

  /// Says what is about to be read; also winds the clock that catches hangs.
  static func about(_ reader: String, seed: UInt64, iteration: UInt64, input: String) {
    let text =
      "\nFAILED: reader \(reader) crashed, hung or ran out of memory\n"
      + "  reproduce: --seed \(seed) --target \(reader) --iteration \(iteration)"
      + " (with the same corpus)\n  input: \(input)\n"
    length = 0
    for byte in text.utf8.prefix(capacity) {
      line[length] = CChar(bitPattern: byte)
      length += 1
    }
    alarm(patience)
  }

  static func stop() { alarm(0) }

  static func fail(_ what: String) -> Never {
    print("FAILED: \(what)")
    write(STDERR_FILENO, line, length)
    _exit(1)
  }
}
