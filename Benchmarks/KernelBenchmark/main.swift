// Times the neural kernels: the convolutions of DINAR's renderer at 512 x 512, and every other operation
// as a plan runs it.
//
//     kernel-benchmark [NAME ...] [--repeats 5] [--only NAME] [--threads 1,2]
//                      [--processor-time]
//
// Rows whose name contains one of NAME, or begins with what --only says. Prints `name,metric,value` lines,
// as `Benchmarks/README.md` says: times, rates, and the share of the roof that limits a row (fused
// multiply-adds, byte products, or memory), measured between the repeats.

import Compute
import Foundation
import NeuralRender

var repeats = 5
var threads = [1, 2]
var only: String?
var usesProcessorTime = false
var names: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--repeats": repeats = max(1, arguments.popFirst().flatMap { Int($0) } ?? repeats)
  case "--threads":
    threads = arguments.popFirst()?.split(separator: ",").compactMap { Int($0) } ?? threads
  case "--processor-time": usesProcessorTime = true
  case "--only": only = arguments.popFirst()
  default: names.append(argument)
  }
}

let isWanted = { [only, names] (name: String) in
  (only.map { name.hasPrefix($0) } ?? true)
    && (names.isEmpty || names.contains { name.contains($0) })
}

let operations =
  (matrixRows + productRows + convolutionRows + pixelRows + layoutRows + sampleRefineRows).filter {
    isWanted($0.name)
  }
do {
  for count in threads {
    let bench = Bench(
      pool: WorkerPool(threads: count), repeats: repeats, usesProcessorTime: usesProcessorTime)
    for layer in layers where isWanted(layer.name) { bench.run(layer) }
    for row in operations { try bench.run(row) }
  }
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(error.code.rawValue)
}
