import Foundation

/// Whether this run of the tests is one of `make sanitize`. Sanitizers take the place of the system's
/// allocator and terabytes of address space: nothing can be said there about refused memory.
public enum Sanitizers {
  public static let areOn = ProcessInfo.processInfo.environment["AVATAR_SANITIZER"] != nil
}
