// Runs a layer and the roof in turn.

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

final class Bench {
  private let pool: WorkerPool
  private let repeats: Int

  init(pool: WorkerPool, repeats: Int) {
    self.pool = pool
    self.repeats = repeats
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
}
