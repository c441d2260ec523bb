// Runs a layer or an operation and the roofs in turn.

import Compute
import Foundation
import NeuralRender

func milliseconds(_ work: () -> Void) -> Double {
  let (seconds, attoseconds) = ContinuousClock().measure(work).components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Time that the process was given by its processors.
private func processorMilliseconds(_ work: () -> Void) -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
  }
  let start = now()
  work()
  return now() - start
}

final class Bench {
  private let pool: WorkerPool
  private let repeats: Int
  /// On a machine that others use at the same time: processor time, shared evenly among the workers,
  /// instead of the time that went by.
  private let usesProcessorTime: Bool
  private lazy var memory = MemoryRoof()

  init(pool: WorkerPool, repeats: Int, usesProcessorTime: Bool = false) {
    self.pool = pool
    self.repeats = repeats
    self.usesProcessorTime = usesProcessorTime
  }

  private func timed(_ work: () -> Void) -> Double {
    usesProcessorTime
      ? processorMilliseconds(work) / Double(pool.threadCount) : milliseconds(work)
  }

  /// Multiplications and additions a second, by the same clock.
  private func rate(_ arithmetic: OperationRow.Arithmetic) -> Double {
    switch arithmetic {
    case .floats: ProcessorRoof.multiplyAdds(pool: pool) { timed($0) * 1e-3 }
    case .shorts: ProcessorRoof.shortProducts(pool: pool) { timed($0) * 1e-3 }
    }
  }

  private func roof(_ precision: Layer.Precision) -> Double {
    switch precision {
    case .float32: ProcessorRoof.multiplyAdds(pool: pool)
    case .int8: ProcessorRoof.byteProducts(pool: pool)
    }
  }

  func run(_ layer: Layer) {
    let prepared = PreparedLayer(layer, pool: pool)
    prepared.run()
    var times: [Double] = []
    var roofs: [Double] = []
    for _ in 0..<repeats {
      roofs.append(roof(layer.precision))
      times.append(milliseconds { prepared.run() })
    }
    let name = "kernel-\(layer.name)-\(pool.threadCount)"
    let time = median(times)
    let real = layer.real / time * 1e3
    print("\(name),ms_median,\(time)")
    print("\(name),ms_min,\(times.min() ?? time)")
    print("\(name),nominal_gflops,\(layer.nominal / time * 1e3)")
    print("\(name),real_gflops,\(real)")
    print("\(name),share_of_roof,\(real / median(roofs))")
  }

  /// A share is the least time that multiply-adds, or memory, would take over the time of the row; the
  /// larger one tells what limits the row. Both times are minima: neighbours only ever add to them.
  func run(_ row: OperationRow) throws {
    let plan = try row.plan(pool)
    try plan.run()
    var times: [Double] = []
    var arithmetic: [Double] = []
    var moving: [Double] = []
    for _ in 0..<repeats {
      moving.append(
        memory.measure(pool, timed).milliseconds(read: row.bytesRead, written: row.bytesWritten))
      arithmetic.append(row.operations / rate(row.arithmetic) * 1e-6)
      // Where multiply-adds are the limit, operands lie where the step before leaves them, not where the
      // measurement of memory left them.
      if let least = arithmetic.last, let bytes = moving.last, least > bytes { try plan.run() }
      var failure: (any Error)?
      times.append(timed { do { try plan.run() } catch { failure = error } })
      if let failure { throw failure }
    }
    let name = "kernel-\(row.name)-\(pool.threadCount)"
    let time = times.min() ?? 0
    print("\(name),ms_median,\(median(times))")
    print("\(name),ms_min,\(time)")
    let shares = (
      arithmetic: (arithmetic.min() ?? 0) / time, memory: (moving.min() ?? 0) / time
    )
    if row.operations > 0 {
      print("\(name),gflops,\(row.operations / time * 1e-6)")
      print("\(name),share_of_multiply_adds,\(shares.arithmetic)")
    }
    print("\(name),gb_per_s,\((row.bytesRead + row.bytesWritten) / time * 1e-6)")
    print("\(name),share_of_memory,\(shares.memory)")
    print("\(name),share_of_roof,\(max(shares.arithmetic, shares.memory))")
    let steps = try plan.profile()
    if steps.count > 1 {
      for step in steps { print("\(name),ms_in_\(step.kernel),\(step.seconds * 1e3)") }
    }
  }
}
