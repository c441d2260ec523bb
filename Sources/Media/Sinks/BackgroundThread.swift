// A thread for a sink.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread of our own: the pool's workers render and must not wait for an encoder.
final class BackgroundThread {
  private var thread = pthread_t()
  private var isRunning = true

  /// - Throws: when the system starts no thread.
  init(_ body: @escaping @Sendable () -> Void) throws {
    let start = Unmanaged.passRetained(Start(body))
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      isRunning = false
      throw ProgramError(
        .osError, "cannot start a thread", found: String(cString: strerror(status)))
    }
  }

  /// Waits for its end; does nothing the second time.
  func join() {
    guard isRunning else { return }
    isRunning = false
    pthread_join(thread, nil)
  }

  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
