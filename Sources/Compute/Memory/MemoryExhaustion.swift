import CMemory
import CProcess

/// What happens where memory is refused that nobody can do without.
public enum MemoryExhaustion {
  /// Makes the process end with one sentence on standard error and a status. Without it the process
  /// aborts.
  ///
  /// For programs, which must also link `CMemoryGuard` so that Swift's own allocations end like this.
  ///
  /// - Parameter hint: what to do, on a line of its own.
  public static func endProcess(status: ProgramError.Code, hint: StaticString) {
    hint.withUTF8Buffer { bytes in
      guard let base = bytes.baseAddress else { return }
      // A static string is as long-lived as the program, and ends with a zero.
      cmemory_exit_when_exhausted(
        status.rawValue, UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self),
        cprocess_remove_registered)
    }
  }

  /// Whether the sentence is a JSON object, as other errors then are.
  public static func speakJSON(_ json: Bool) { cmemory_speak_json(json) }
}
