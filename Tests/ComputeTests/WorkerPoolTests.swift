import Compute
import Synchronization
import Testing

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
    pool.run(8) { _, _ in
      pool.run(5) { index, _ in total.wrappingAdd(index, ordering: .relaxed) }
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
}
