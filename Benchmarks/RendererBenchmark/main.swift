// Times DINAR's renderer on random weights at the released sizes: a whole frame and each layer.
//
//     renderer-benchmark [--size 512] [--threads 2] [--repeats 5]
//
// Prints `name,metric,value` lines. GFLOP/s are of the operations as the network defines them, not of
// what the kernels save.

import Compute
import Foundation
import NeuralRender

func run() throws {
  var options = ["--size": 512, "--threads": 2, "--repeats": 5]
  var rest = CommandLine.arguments.dropFirst()
  while let name = rest.popFirst() {
    guard options[name] != nil, let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
      throw ProgramError(.usage, "unknown option or no positive number", key: name)
    }
    options[name] = value
  }
  let size = options["--size", default: 512]
  let pool = WorkerPool(threads: options["--threads"])
  let renderer = DinarRenderer(.released)
  let graph = try renderer.frameGraph(
    height: size, width: size, texture: (256, 256), composition: DinarComposition())

  // Small values of both signs; variances of 1.
  var state: UInt32 = 1
  func random() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state)) * 0x1p-31
  }
  var tensors: [String: Tensor] = [:]
  for (key, value) in graph.parameters {
    let isVariance = key.hasSuffix("running_var")
    tensors[key] = Tensor(shape: value.shape) { buffer in
      for index in 0..<buffer.count { buffer[index] = isVariance ? 1 : random() }
    }
  }
  let start = ContinuousClock.now
  let plan = try Plan(graph, parameters: Parameters(tensors), pool: pool)
  tensors = [:]
  print("renderer,compile_s,\((ContinuousClock.now - start) / .seconds(1))")
  print("renderer,activations_mb,\(Double(plan.memoryBytes) / 1e6)")
  for (name, _) in graph.inputs {
    guard let map = plan.input(name) else { continue }
    for index in 0..<map.height * map.rowStride { map.base[index] = random() }
  }
  plan.run()
  var times: [Double] = []
  for _ in 0..<options["--repeats", default: 5] {
    let start = ContinuousClock.now
    plan.run()
    times.append((ContinuousClock.now - start) / .seconds(1))
  }
  times.sort()
  for step in plan.profile() {
    let rate = Double(step.operations) / step.seconds / 1e9
    print(
      "\(step.name) [\(step.kernel)],ms,\(step.seconds * 1e3)"
        + (step.operations > 0 ? "\n\(step.name) [\(step.kernel)],gflops,\(rate)" : ""))
  }
  print("renderer,frame_s_median,\(times[times.count / 2])")
  print("renderer,frame_s_min,\(times[0])")
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(error.code.rawValue)
}
