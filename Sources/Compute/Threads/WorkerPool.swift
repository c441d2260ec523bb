import CSIMD
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A fixed set of threads that take numbered pieces of work and sleep in between.
///
/// Workers look for the next run for as long as waking up would take, then block on a condition variable: on
/// a busy machine a barrier that spins without end starves the thread it waits for (`docs/DECISIONS.md`).
/// The thread that calls `run` works too, as worker 0, so a pool of one has no thread of its own.
///
/// A result must not depend on which worker does a piece or in which order: pieces write to
/// disjoint memory, and scratch is chosen by worker number.
public final class WorkerPool: @unchecked Sendable {
  // Sendable: what changes is atomic or in `shared`, which guards it.

  /// A piece of work: its index in 0 ..< count and the worker in 0 ..< threadCount that does it.
  ///
  /// A closure that is made once and kept costs no allocation per `run`.
  public typealias Body = @Sendable (_ index: Int, _ worker: Int) -> Void

  /// Number of workers, the calling thread included: what was asked for, or less where the system
  /// refused threads.
  public let threadCount: Int
  /// Number of workers that were asked for.
  public let wantedCount: Int

  private let shared: Shared
  /// Of the workers 1 ..< threadCount.
  private let threads: [pthread_t]
  /// Held by the one thread whose `run` is going on, whose number `owner` is (0: nobody's).
  private let turn: UnsafeMutablePointer<pthread_mutex_t>
  private let owner = Atomic<UInt>(0)

  /// Address space of a worker's stack: kernels keep large things elsewhere, and the usual eight
  /// megabytes each would exhaust a limit of address space with threads that do nothing.
  private static let stackBytes = 2 << 20

  /// - Parameter threads: number of workers; nil or 0 takes one per processor this process may use.
  public convenience init(threads wanted: Int? = nil) {
    let count = wanted.flatMap { $0 > 0 ? $0 : nil } ?? WorkerPool.processorCount
    self.init(threads: max(1, count), start: Self.start)
  }

  /// - Parameter start: starts a thread; nil where the system refuses it. Tests refuse some.
  init(threads wanted: Int, start: (@escaping @Sendable () -> Void) -> pthread_t?) {
    let shared = Shared(looks: wanted <= Self.processorCount)
    var threads: [pthread_t] = []
    while threads.count + 1 < wanted {
      let worker = threads.count + 1
      guard let thread = start({ shared.work(worker) }) else { break }
      threads.append(thread)
    }
    if threads.count + 1 < wanted {
      // Whatever the system is short of (address space, processes), encoders need some of it too.
      let kept = (threads.count + 1) / 2
      shared.stop(from: kept + 1)
      for thread in threads[kept...] { pthread_join(thread, nil) }
      threads.removeLast(threads.count - kept)
    }
    self.shared = shared
    self.threads = threads
    wantedCount = wanted
    threadCount = threads.count + 1
    turn = .allocate(capacity: 1)
    pthread_mutex_init(turn, nil)
  }

  deinit {
    shared.stop(from: 1)
    for thread in threads { pthread_join(thread, nil) }
    pthread_mutex_destroy(turn)
    turn.deallocate()
  }

  private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    let start = Unmanaged.passRetained(Start(body: body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      return nil
    }
    return thread
  }

  /// Calls `body` once for each index in 0 ..< count, on all workers, and returns when all are done.
  ///
  /// One run at a time: another thread's call waits its turn, so that no two bodies are ever given the
  /// same worker number at once. A call from inside a body does its work in place, under the number of
  /// the worker that it comes from; so bodies whose scratch is chosen by worker number must not call
  /// each other.
  public func run(_ count: Int, _ body: @escaping Body) {
    guard count > 0 else { return }
    let caller = Self.number(pthread_self())
    if pthread_mutex_trylock(turn) != 0 {
      if let worker = worker(caller) {
        for index in 0..<count { body(index, worker) }
        return
      }
      pthread_mutex_lock(turn)
    }
    owner.store(caller, ordering: .relaxed)
    if threadCount == 1 || count == 1 {
      for index in 0..<count { body(index, 0) }
    } else {
      shared.run(count, body)
    }
    owner.store(0, ordering: .relaxed)
    pthread_mutex_unlock(turn)
  }

  /// The number of the worker that a thread is in the run that is going on; nil if it has no part in it.
  private func worker(_ thread: UInt) -> Int? {
    // Only a thread itself makes itself the owner: reading an older or newer value tells it the same.
    if owner.load(ordering: .relaxed) == thread { return 0 }
    return threads.firstIndex { Self.number($0) == thread }.map { $0 + 1 }
  }

  /// Numbers with some C libraries, pointers with others.
  private static func number(_ thread: pthread_t) -> UInt {
    #if canImport(Glibc)
      thread
    #else
      UInt(bitPattern: thread)
    #endif
  }

  /// Processors this process may run on (its affinity mask, not the whole machine).
  public static var processorCount: Int { Int(csimd_processor_count()) }

  private final class Start {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
