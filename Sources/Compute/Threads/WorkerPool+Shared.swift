import CSIMD
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension WorkerPool {
  /// What the threads hold on to, so that the pool itself can go away while they wait.
  final class Shared: @unchecked Sendable {
    // Sendable: every mutable member is guarded by `mutex` or is atomic.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let next = Atomic<Int>(0)
    private var generation = 0
    private var active = 0
    /// What `generation` and `active` are, for those that look without the mutex.
    private let announced = Atomic<Int>(0)
    private let busy = Atomic<Int>(0)
    /// Whether it may be worth looking: not where workers take the processor from each other.
    private let looks: Bool
    /// The first worker that is to end.
    private var end = Int.max
    private var body: Body?
    private var count = 0

    init(looks: Bool) {
      self.looks = looks
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(wake, nil)
      pthread_cond_init(finished, nil)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      pthread_cond_destroy(wake)
      pthread_cond_destroy(finished)
      mutex.deallocate()
      wake.deallocate()
      finished.deallocate()
    }

    /// Makes the workers from a number on end.
    func stop(from worker: Int) {
      pthread_mutex_lock(mutex)
      end = worker
      announced.store(-1, ordering: .relaxed)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
    }

    func run(_ count: Int, _ body: @escaping Body) {
      pthread_mutex_lock(mutex)
      next.store(0, ordering: .relaxed)
      self.body = body
      self.count = count
      generation += 1
      announced.store(generation, ordering: .relaxed)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      take(count, body, worker: 0)
      look { busy.load(ordering: .relaxed) == 0 }
      pthread_mutex_lock(mutex)
      // Nothing is left to take: a worker that wakes only now finds no body and is not waited for.
      self.body = nil
      while active > 0 { pthread_cond_wait(finished, mutex) }
      pthread_mutex_unlock(mutex)
    }

    /// Looks for a moment whether something has happened: less than waking up takes, which on a virtual machine is
    /// more than many a step of a network.
    private func look(until hasHappened: () -> Bool) {
      guard looks else { return }
      let start = Self.nanoseconds()
      repeat {
        for _ in 0..<32 {
          if hasHappened() { return }
          csimd_pause()
        }
      } while Self.nanoseconds() &- start < Self.patience
    }

    /// Nanoseconds. What the other side loses at most where it waits for this processor.
    private static let patience: Int = 40_000

    private static func nanoseconds() -> Int {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }

    private func take(_ count: Int, _ body: Body, worker: Int) {
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        body(index, worker)
      }
    }

    func work(_ worker: Int) {
      var seen = 0
      pthread_mutex_lock(mutex)
      while true {
        if generation == seen && worker < end && seen > 0 {
          pthread_mutex_unlock(mutex)
          look { announced.load(ordering: .relaxed) != seen }
          pthread_mutex_lock(mutex)
        }
        while generation == seen && worker < end { pthread_cond_wait(wake, mutex) }
        if worker >= end { break }
        seen = generation
        guard let body else { continue }
        let count = count
        active += 1
        busy.store(active, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
        take(count, body, worker: worker)
        pthread_mutex_lock(mutex)
        active -= 1
        busy.store(active, ordering: .relaxed)
        if active == 0 { pthread_cond_signal(finished) }
      }
      pthread_mutex_unlock(mutex)
    }
  }
}
