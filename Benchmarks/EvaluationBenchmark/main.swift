// Times the measures of pairs of pictures: PSNR, SSIM, MS-SSIM and L1 of pairs in memory.
//
//     evaluation-benchmark [--threads 2] [--pairs 100] [--size 512]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says. The same measures as `peers/metrics.py`.

import Compute
import Evaluation
import Foundation
import Media

var (threads, pairs, size) = (2, 100, 512)
var rest = CommandLine.arguments.dropFirst()
while let name = rest.popFirst() {
  guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
    throw ProgramError(.usage, "\(name) needs a positive number")
  }
  switch name {
  case "--threads": threads = value
  case "--pairs": pairs = value
  case "--size": size = value
  default: throw ProgramError(.usage, "unknown option \(name)")
  }
}

let random = PhiloxRandom(seed: 0, use: "pictures of a benchmark")
let side = size
/// A slope with noise.
let pictures = try (0..<2).map { number in
  let amount = side * side * 3
  let bytes = (0..<amount).map { index -> UInt8 in
    let slope = (index / 3 % side + index / 3 / side) * 200 / (2 * side)
    return UInt8(slope) + UInt8(random.word(at: UInt64(number * amount + index)) % 48)
  }
  return ComparedPicture(try Picture(width: side, height: side, channels: 3, bytes: bytes))
}
let (a, b) = (pictures[0], pictures[1])
let pool = WorkerPool(threads: threads)
let metrics: [Metric] = [.psnr, .ssim, .multiScaleSSIM, .l1]

/// Pairs are handed out one by one.
let clock = ContinuousClock()
let time = try clock.measure {
  _ = try pool.map(pairs) { _ in try PairMeasurement(a, b, metrics: metrics, pool: pool) }
}
let milliseconds = time / .milliseconds(1)
print("evaluation,ms_per_pair,\(milliseconds / Double(pairs))")
print("evaluation,pairs_per_second,\(Double(pairs) / milliseconds * 1000)")
