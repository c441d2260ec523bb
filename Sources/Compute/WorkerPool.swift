import CSIMD
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A fixed set of threads that take numbered pieces of work and sleep in between.
///
/// Workers block on a condition variable and never spin: on a busy machine a spinning barrier
/// starves the thread it waits for (`docs/DECISIONS.md`). The thread that calls `run` works too, as
/// worker 0, so a pool of one has no thread of its own.
///
/// A result must not depend on which worker does a piece or in which order: pieces write to
/// disjoint memory, and scratch is chosen by worker number.
public final class WorkerPool: @unchecked Sendable {
  // Sendable: every mutable member is guarded by `mutex` or is atomic.

  /// A piece of work: its index in 0 ..< count and the worker in 0 ..< threadCount that does it.
  ///
  /// A closure that is made once and kept costs no allocation per `run`.
  public typealias Body = @Sendable (_ index: Int, _ worker: Int) -> Void

  /// Number of workers, the calling thread included.
  public let threadCount: Int

  private let shared: Shared
  private let running = Atomic<Bool>(false)
  private var threads: [pthread_t] = []

  /// - Parameter threads: number of workers; nil or 0 takes one per processor this process may use.
  public init(threads wanted: Int? = nil) {
    threadCount = max(1, wanted.flatMap { $0 > 0 ? $0 : nil } ?? WorkerPool.processorCount)
    shared = Shared()
    for worker in 1..<max(threadCount, 1) {
      let start = Unmanaged.passRetained(Start(shared: shared, worker: worker))
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
          start.shared.work(start.worker)
          return nil
        }, start.toOpaque())
      precondition(status == 0, "cannot start a thread: error \(status)")
      threads.append(thread)
    }
  }

  deinit {
    shared.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Calls `body` once for each index in 0 ..< count, on all workers, and returns when all are done.
  ///
  /// A call from inside a body (or while another thread is in `run`) does the work on the calling
  /// thread as worker 0; so bodies that use scratch by worker number must not nest.
  public func run(_ count: Int, _ body: @escaping Body) {
    guard count > 0 else { return }
    if threadCount == 1 || count == 1
      || running.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        == false
    {
      for index in 0..<count { body(index, 0) }
      return
    }
    shared.run(count, body)
    running.store(false, ordering: .releasing)
  }

  /// Processors this process may run on (its affinity mask, not the whole machine).
  public static var processorCount: Int { Int(csimd_processor_count()) }

  /// What the threads hold on to, so that the pool itself can go away while they wait.
  private final class Shared {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let next = Atomic<Int>(0)
    private var generation = 0
    private var active = 0
    private var stopping = false
    private var body: Body?
    private var count = 0

    init() {
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

    func stop() {
      pthread_mutex_lock(mutex)
      stopping = true
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
    }

    func run(_ count: Int, _ body: @escaping Body) {
      pthread_mutex_lock(mutex)
      next.store(0, ordering: .relaxed)
      self.body = body
      self.count = count
      generation += 1
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      take(count, body, worker: 0)
      pthread_mutex_lock(mutex)
      // Nothing is left to take: a worker that wakes only now finds no body and is not waited for.
      self.body = nil
      while active > 0 { pthread_cond_wait(finished, mutex) }
      pthread_mutex_unlock(mutex)
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
        while generation == seen && !stopping { pthread_cond_wait(wake, mutex) }
        if stopping { break }
        seen = generation
        guard let body else { continue }
        let count = count
        active += 1
        pthread_mutex_unlock(mutex)
        take(count, body, worker: worker)
        pthread_mutex_lock(mutex)
        active -= 1
        if active == 0 { pthread_cond_signal(finished) }
      }
      pthread_mutex_unlock(mutex)
    }
  }

  private final class Start {
    let shared: Shared
    let worker: Int
    init(shared: Shared, worker: Int) {
      self.shared = shared
      self.worker = worker
    }
  }
}
