// Times the neural kernels on the layer shapes of DINAR's renderer at 512 x 512.
//
//     kernel-benchmark [--repeats 5] [--only NAME]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says: the median of the times, the
// nominal rate (a direct convolution's operations) and the rate of the multiplications that are
// really made, also as a share of the roof (fused multiply-adds, or byte products) measured between
// the repeats.

import Compute
import Foundation
import NeuralRender

var repeats = 5
var only: String?
var arguments = Array(CommandLine.arguments.dropFirst())
while arguments.count >= 2 {
  if arguments[0] == "--repeats", let count = Int(arguments[1]) { repeats = max(1, count) }
  if arguments[0] == "--only" { only = arguments[1] }
  arguments.removeFirst(2)
}

for threads in [1, 2] {
  let bench = Bench(pool: WorkerPool(threads: threads), repeats: repeats)
  for layer in layers where only.map({ layer.name.hasPrefix($0) }) ?? true {
    bench.run(layer)
  }
}
