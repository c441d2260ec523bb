// The frames that wander between the renderer and a sink's threads.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A fixed set of frames, each free, with the renderer, waiting in order, or with a worker.
///
/// Everybody who waits sleeps on a condition variable. Nothing is allocated after `init`.
final class FrameRing: @unchecked Sendable {
  // Sendable: every mutable member is guarded by `mutex`.

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Something changed for the renderer (a free frame, an error), or for the workers.
  private let forRenderer = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let forWorkers = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var free: [FrameBuffer]
  /// A circle: `waiting` frames from `first` on.
  private var queue: [FrameBuffer?]
  private var first = 0
  private var waiting = 0
  private var submitted = 0
  private var closed = false
  private var error: ProgramError?

  init(_ frames: [FrameBuffer]) {
    free = frames
    queue = Array(repeating: nil, count: frames.count)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(forRenderer, nil)
    pthread_cond_init(forWorkers, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(forRenderer)
    pthread_cond_destroy(forWorkers)
    mutex.deallocate()
    forRenderer.deallocate()
    forWorkers.deallocate()
  }

  private func locked<R>(_ body: () throws -> R) rethrows -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Frames submitted so far.
  var submittedCount: Int { locked { submitted } }

  /// The workers' first error.
  var failure: ProgramError? { locked { error } }

  /// A free frame; waits for one.
  func acquire() throws -> FrameBuffer {
    try locked {
      while free.isEmpty && error == nil && !closed { pthread_cond_wait(forRenderer, mutex) }
      if let error { throw error }
      guard !closed, let frame = free.popLast() else { throw FrameRing.isClosed }
      return frame
    }
  }

  /// Numbers the frame and queues it.
  func submit(_ frame: FrameBuffer) throws {
    try locked {
      if let error { throw error }
      guard !closed, waiting < queue.count else { throw FrameRing.isClosed }
      frame.index = submitted
      submitted += 1
      queue[(first + waiting) % queue.count] = frame
      waiting += 1
      pthread_cond_signal(forWorkers)
    }
  }

  /// The next frame in order; waits for one. Nil when there will be no more.
  func take() -> FrameBuffer? {
    locked {
      while waiting == 0 && !closed && error == nil { pthread_cond_wait(forWorkers, mutex) }
      guard waiting > 0, error == nil, let frame = queue[first] else { return nil }
      queue[first] = nil
      first = (first + 1) % queue.count
      waiting -= 1
      return frame
    }
  }

  /// A worker is done with a frame.
  func giveBack(_ frame: FrameBuffer) {
    locked {
      free.append(frame)
      pthread_cond_signal(forRenderer)
    }
  }

  /// Ends everything with a worker's error; the first one stays.
  func fail(_ error: ProgramError) {
    locked {
      if self.error == nil { self.error = error }
      pthread_cond_broadcast(forRenderer)
      pthread_cond_broadcast(forWorkers)
    }
  }

  /// No more frames will come.
  ///
  /// - Parameter dropping: forgets those that wait.
  func close(dropping: Bool) {
    locked {
      closed = true
      if dropping { waiting = 0 }
      pthread_cond_broadcast(forRenderer)
      pthread_cond_broadcast(forWorkers)
    }
  }

  private static var isClosed: ProgramError {
    ProgramError(.software, "the output is closed already")
  }
}
