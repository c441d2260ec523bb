import Foundation

/// Whether this run of the tests is one of `make sanitize`. Sanitizers take the place of the system's
/// allocator and terabytes of address space: nothing can be said there about refused memory.
public enum Sanitizers {
  private static let name = ProcessInfo.processInfo.environment["AVATAR_SANITIZER"]

  public static let areOn = name != nil
  /// The thread sanitizer keeps its memory in a file without a name, which a limit on file sizes cuts.
  public static let watchThreads = name == "thread"
}
