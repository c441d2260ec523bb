// Times a call of DINAR's diffusion U-Net at its released sizes on random weights: making the plan, a
// step by the clock and of the processor (all threads together, comparable on a machine that others
// use), kernels, resident memory.
//
//     dinar-unet-benchmark [--size 64] [--threads 2] [--repeats 5] [--bits 32]
//
// With 16 bits as `fast` has it, and the step's distance from the exact one in decibels.
// Prints `name,metric,value` lines. GFLOP/s are of the operations as the network defines them, not of
// what kernels save.

import Compute
import Foundation
import NeuralRender

func run() throws {
  var options = ["--size": 64, "--threads": 2, "--repeats": 5, "--bits": 32]
  var rest = CommandLine.arguments.dropFirst()
  while let name = rest.popFirst() {
    guard options[name] != nil, let value = rest.popFirst().flatMap({ Int($0) }), value >= 1
    else {
      throw ProgramError(.usage, "unknown option or not a number that it takes", key: name)
    }
    options[name] = value
  }
  let size = options["--size", default: 64]
  let pool = WorkerPool(threads: options["--threads"])
  let graph = try DinarDiffusion(.released).graph(height: size, width: size)
  let weights = RandomWeights(
    shapes: Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.key, $0.value.shape) }))
  let parameters = try Parameters(of: graph, from: weights, isHeld: false)
  let clock = ContinuousClock()
  let start = clock.now
  let isFast = options["--bits"] == 16
  let precision: PlanPrecision = isFast ? .sixteenBits : .exact
  let plan = try Plan(graph, parameters: parameters, pool: pool, precision: precision)
  line("plan", "s", (clock.now - start) / .seconds(1))
  fill(plan, graph)
  try plan.run()
  var step = (clock: Double.infinity, processor: Double.infinity)
  for _ in 0..<options["--repeats", default: 5] {
    let before = processorSeconds()
    step.clock = min(step.clock, try clock.measure { try plan.run() } / .seconds(1))
    step.processor = min(step.processor, processorSeconds() - before)
  }
  let profile = try plan.profile()
  let operations = Double(profile.reduce(0) { $0 + $1.operations }) * 1e-9
  line("step", "s_min", step.clock)
  line("step", "processor_s_min", step.processor)
  line("step", "GFLOP/s", operations / step.clock)
  line("roof", "GFLOP/s", ProcessorRoof.multiplyAdds(pool: pool))
  for (kernel, steps) in Dictionary(grouping: profile, by: \.kernel).sorted(by: { $0.key < $1.key })
  {
    line(kernel, "s", steps.reduce(0) { $0 + $1.seconds })
    line(kernel, "GFLOP", Double(steps.reduce(0) { $0 + $1.operations }) * 1e-9)
  }
  line("plan", "activations_MB", Double(plan.memoryBytes) * 1e-6)
  line("process", "resident_MB", residentMegabytes())
  if isFast {
    let exact = try Plan(graph, parameters: parameters, pool: pool)
    fill(exact, graph)
    try exact.run()
    line("step", "dB_from_exact", try distance(plan, exact))
  }
}

func fill(_ plan: Plan, _ graph: Graph) {
  for (name, value) in graph.inputs {
    guard let map = plan.input(name) else { continue }
    for pixel in 0..<map.height * map.width {
      for channel in 0..<map.channels {
        map.base[pixel * map.pixelStride + channel] =
          Float(pixel * 31 % 17 + channel + value.index) / 20
      }
    }
  }
}

/// Signal to noise of a step's result, in decibels.
func distance(_ plan: Plan, _ exact: Plan) throws -> Double {
  guard let found = plan.output("noise"), let expected = exact.output("noise") else {
    throw ProgramError(.software, "the network lacks its output")
  }
  var (signal, errors) = (0.0, 0.0)
  for pixel in 0..<expected.height * expected.width {
    for channel in 0..<expected.channels {
      let value = Double(expected.base[pixel * expected.pixelStride + channel])
      let difference = Double(found.base[pixel * found.pixelStride + channel]) - value
      signal += value * value
      errors += difference * difference
    }
  }
  return 10 * log10(signal / errors)
}

func line(_ name: String, _ metric: String, _ value: Double) {
  print("\(name),\(metric),\(value)")
}

/// Of all threads of the process.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The most there has been.
func residentMegabytes() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1000
}

do {
  try run()
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
