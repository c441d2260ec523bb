// Times reading a BVH file whole: hierarchy, every number, checks included.
//
//     bvh-benchmark FILE [--repeats 9]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says. The same work as
// `peers/bvh_readers.py`, which makes the file too.

import Compute
import Foundation
import SMPLX

func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  let (seconds, attoseconds) = try ContinuousClock().measure(work).components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

func run() throws {
  var arguments = CommandLine.arguments.dropFirst()
  var repeats = 9
  if let at = arguments.firstIndex(of: "--repeats"), at + 1 < arguments.endIndex,
    let count = Int(arguments[at + 1]), count > 0
  {
    repeats = count
    arguments.removeSubrange(at...at + 1)
  }
  guard let path = arguments.first, arguments.count == 1 else {
    throw ProgramError(.usage, "one BVH file is needed", hint: "bvh-benchmark FILE [--repeats N]")
  }
  let name = "bvh"
  let file = try BVHFile(path: path)
  print("\(name),numbers,\(file.frameCount * file.skeleton.channelCount)")
  var times: [Double] = []
  for _ in 0..<repeats { times.append(try milliseconds { _ = try BVHFile(path: path) }) }
  times.sort()
  print("\(name),read_ms_median,\((times[(repeats - 1) / 2] + times[repeats / 2]) / 2)")
  print("\(name),read_ms_min,\(times[0])")
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(error.code.rawValue)
}
