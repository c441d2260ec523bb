// Times opening an .npz archive and reading every array of it, check sums included.
//
//     npz-benchmark FILE [--repeats 7]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says. The same work as
// `peers/numpy_npz.py`, which makes the files too.

import Compute
import Foundation
import TensorFiles

func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  let (seconds, attoseconds) = try ContinuousClock().measure(work).components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

/// Reads every array; returns the number of bytes, so that the work has a result.
func readAll(_ path: String) throws -> Int {
  let file = try NPZFile(path: path)
  return try file.names.reduce(0) { total, name in
    try total + file.tensor(name).withUnsafeBytes { $0.count }
  }
}

func run() throws {
  var arguments = CommandLine.arguments.dropFirst()
  var repeats = 7
  if let at = arguments.firstIndex(of: "--repeats"), at + 1 < arguments.endIndex,
    let count = Int(arguments[at + 1]), count > 0
  {
    repeats = count
    arguments.removeSubrange(at...at + 1)
  }
  guard let path = arguments.first, arguments.count == 1 else {
    throw ProgramError(.usage, "one .npz file is needed", hint: "npz-benchmark FILE [--repeats N]")
  }
  let name = "npz-\(URL(fileURLWithPath: path).lastPathComponent)"
  print("\(name),array_bytes,\(try readAll(path))")
  var times: [Double] = []
  for _ in 0..<repeats { times.append(try milliseconds { _ = try readAll(path) }) }
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
