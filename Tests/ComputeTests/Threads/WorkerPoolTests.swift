import Synchronization
import Testing

@testable import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 5]) func everyIndexOnce(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in [0, 1, 2, 3, 17, 1000] {
      let buffer = AlignedBuffer<Int32>(count: max(count, 1), filledWith: 0)
      nonisolated(unsafe) let hits = buffer.pointer  // each index is written by one worker
      for _ in 0..<20 {
        pool.run(count) { index, worker in
          precondition(worker < threads)
          hits[index] += 1
        }
      }
      for index in 0..<count { #expect(buffer[index] == 20, "count \(count), index \(index)") }
    }
  }

  @Test func nestedRunsAreDoneInPlace() {
    let pool = WorkerPool(threads: 3)
    let total = Atomic<Int>(0)
    pool.run(8) { _, outer in
      pool.run(5) { index, inner in
        precondition(inner == outer)
        total.wrappingAdd(index, ordering: .relaxed)
      }
      pool.run(1) { _, inner in precondition(inner == outer) }
    }
    #expect(total.load(ordering: .relaxed) == 8 * 10)
  }

  @Test func poolsComeAndGo() {
    for threads in 1...6 {
      let pool = WorkerPool(threads: threads)
      let total = Atomic<Int>(0)
      pool.run(100) { index, _ in total.wrappingAdd(index, ordering: .relaxed) }
      #expect(total.load(ordering: .relaxed) == 4950)
    }
  }

  /// Who counts, by worker, how many bodies have its number at the same time.
  private final class Occupancy: Sendable {
    let inside: [Counter]
    let collisions = Atomic<Int>(0)
    let done = Atomic<Int>(0)

    final class Counter: Sendable {
      let value = Atomic<Int>(0)
    }

    init(workers: Int) { inside = (0..<workers).map { _ in Counter() } }

    func visit(_ worker: Int) {
      if inside[worker].value.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue != 0 {
        collisions.wrappingAdd(1, ordering: .relaxed)
      }
      for _ in 0..<200 { done.wrappingAdd(0, ordering: .relaxed) }
      inside[worker].value.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      done.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// Runs of several threads take turns: scratch by worker number is never given to two bodies.
  @Test(arguments: [1, 2, 4]) func runsOfSeveralThreadsTakeTurns(threads: Int) throws {
    let pool = WorkerPool(threads: threads)
    let occupancy = Occupancy(workers: threads)
    let callers = try (0..<4).map { _ in
      try #require(
        start {
          for round in 0..<200 {
            pool.run(round % 7) { _, worker in occupancy.visit(worker) }
          }
        })
    }
    for caller in callers { pthread_join(caller, nil) }
    #expect(occupancy.collisions.load(ordering: .relaxed) == 0)
    let each = (0..<200).reduce(0) { $0 + $1 % 7 }
    #expect(occupancy.done.load(ordering: .relaxed) == 4 * each)
  }

  private func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    return status == 0 ? thread : nil
  }

  /// A system that grants some threads: half of them are given back for others, the rest works.
  @Test(arguments: [(0, 1), (1, 2), (2, 2), (3, 3), (7, 5), (11, 12)])
  func refusedThreadsAreDoneWithout(granted: Int, workers: Int) {
    var started = 0
    let pool = WorkerPool(threads: 12) { body in
      guard started < granted else { return nil }
      started += 1
      return self.start(body)
    }
    #expect(started == granted)
    #expect(pool.wantedCount == 12 && pool.threadCount == workers)
    let total = Atomic<Int>(0)
    for _ in 0..<10 {
      pool.run(1000) { index, worker in
        precondition(worker < workers)
        total.wrappingAdd(index, ordering: .relaxed)
      }
    }
    #expect(total.load(ordering: .relaxed) == 4_995_000)
  }
}
