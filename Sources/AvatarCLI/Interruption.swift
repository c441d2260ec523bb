import Foundation
import Synchronization

/// Ctrl-C asks the running loop to stop after the current frame; a second one ends at once.
enum Interruption {
  private static let requests = Atomic<Int>(0)

  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  static func install() {
    // A file size limit is an error like a full disk, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    // A parent's worker thread may have handed down a mask that blocks them.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGINT)
    sigaddset(&mask, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        // Async-signal-safe: one atomic addition, and _exit the second time.
        if Interruption.requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
      }
    }
  }
}
