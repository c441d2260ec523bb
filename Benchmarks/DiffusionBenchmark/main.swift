// How far the samplers' latents are from those of very many steps, with DINAR's trained network.
//
//     diffusion-benchmark CHECKPOINT CONDITION.npz [--heads 8] [--seeds 4] [--threads 2]
//
// CONDITION.npz holds `cond`, `mask_eroded` and the known latent, `x0` or `compressed`. Prints
// `name,metric,value` lines: root mean squares over the texels that are made.
//
// Solvers of the differential equation are compared sample by sample with UniPC at every time of
// training, from the same noise (one draw for the known region, for DDIM too). DDIM as published, which
// draws anew in each step, has no such result of a seed: compared are the mean and the deviation over
// seeds with those of its own longest run, beside how much two sets of seeds differ.

import Compute
import Foundation
import NeuralRender
import TensorFiles

struct Options {
  var paths: [String] = []
  var numbers = ["--heads": 8, "--seeds": 4, "--threads": 2]

  init() throws {
    var rest = CommandLine.arguments.dropFirst()
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        paths.append(word)
        continue
      }
      guard numbers[word] != nil, let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
        throw ProgramError(.usage, "unknown option or not a number that it takes", key: word)
      }
      numbers[word] = value
    }
    guard paths.count == 2 else {
      throw ProgramError(.usage, "a checkpoint and a condition are needed")
    }
  }

  subscript(name: String) -> Int { numbers[name, default: 1] }
}

/// Noise whose draw for the known region is the same in all steps.
struct SteadyNoise: NoiseSource {
  let source: SeededNoise

  func fill(_ buffer: UnsafeMutableBufferPointer<Float>, for use: NoiseUse) {
    if case .knownRegion = use { return source.fill(buffer, for: .knownRegion(step: 0)) }
    source.fill(buffer, for: use)
  }
}

struct Study {
  let plan: Plan
  let condition: Tensor
  let known: KnownRegion
  let schedule: NoiseSchedule
  let width: Int

  init(_ options: Options) throws {
    let checkpoint = try TorchCheckpoint(path: options.paths[0])
    let file = try NPZFile(path: options.paths[1])
    func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }
    let weights = try DinarDiffusionWeights(checkpoint)
    let network = DinarDiffusion(
      try DinarDiffusionSizes(of: weights, heads: .count(options["--heads"])))
    condition = try tensor("cond")
    known = try KnownRegion(
      latent: tensor(file.contains("x0") ? "x0" : "compressed"), mask: tensor("mask_eroded"))
    schedule = try NoiseSchedule(of: checkpoint)
    width = network.sizes.timestepWidth
    let graph = try network.graph(
      height: known.latent.shape[2], width: known.latent.shape[3])
    plan = try Plan(
      graph,
      parameters: Parameters(of: graph, from: weights, prefix: DinarDiffusion.checkpointPrefix),
      pool: WorkerPool(threads: options["--threads"]))
  }

  func sample(_ solver: DiffusionSampler.Solver, _ noise: any NoiseSource) throws -> [Float] {
    let shape = known.latent.shape
    return try DiffusionSampler(solver, schedule: schedule).sample(
      shape: shape, known: known, noise: noise
    ) { sample, time, noise in
      let predicted = try plan.run([
        "x": Tensor(shape: shape, Array(sample)), "condition": condition,
        "timestep": TimestepEmbedding.values([Float(time)], width: width),
      ])["noise"]
      predicted?.withUnsafeBuffer { _ = noise.update(fromContentsOf: $0) }
    }.elements
  }

  /// Root mean square over what is made.
  func distance(_ one: [Float], _ other: [Float]) -> Double {
    let pixels = known.mask.count
    var (sum, weight) = (0.0, 0.0)
    for k in one.indices {
      let share = Double(1 - known.mask[k % pixels])
      sum += share * pow(Double(one[k] - other[k]), 2)
      weight += share
    }
    return (sum / weight).squareRoot()
  }

  func deterministic(seeds: Int) throws {
    func noise(_ seed: Int) -> SteadyNoise {
      SteadyNoise(source: SeededNoise(seed: UInt64(seed)))
    }
    let limits = try (0..<seeds).map { try sample(.uniPC(steps: schedule.count), noise($0)) }
    func row(_ name: String, _ solver: DiffusionSampler.Solver) throws {
      let squares = try (0..<seeds).map {
        pow(distance(try sample(solver, noise($0)), limits[$0]), 2)
      }
      let mean = (squares.reduce(0, +) / Double(seeds)).squareRoot()
      print("\(name),distance,\(String(format: "%.4f", mean))")
    }
    print("limit,root_mean_square,\(distance(limits[0], limits[0].map { _ in 0 }))")
    try row("dpm-solver 1000", .dpmSolver(steps: schedule.count))
    for steps in [5, 10, 20, 50] {
      try row("ddim eta 0 \(steps)", .ddim(steps: steps, eta: 0))
      try row("dpm-solver \(steps)", .dpmSolver(steps: steps))
      try row("unipc \(steps)", .uniPC(steps: steps))
    }
    try row("ddim eta 0 200", .ddim(steps: 200, eta: 0))
  }

  func distributions(seeds: Int) throws {
    func moments(
      _ solver: DiffusionSampler.Solver, from first: Int
    ) throws -> (mean: [Float], deviation: [Float]) {
      let samples = try (first..<first + seeds).map {
        try sample(solver, SeededNoise(seed: UInt64($0)))
      }
      let mean = samples[0].indices.map { k in
        samples.reduce(0) { $0 + $1[k] } / Float(seeds)
      }
      let deviation = samples[0].indices.map { k in
        (samples.reduce(0) { $0 + ($1[k] - mean[k]) * ($1[k] - mean[k]) } / Float(seeds - 1))
          .squareRoot()
      }
      return (mean, deviation)
    }
    let longest = try moments(.ddim(steps: 500), from: 1000)
    let zero = longest.mean.map { _ in Float(0) }
    func row(_ name: String, _ solver: DiffusionSampler.Solver, from first: Int = 0) throws {
      let own = try moments(solver, from: first)
      let spread = distance(own.deviation, zero) / distance(longest.deviation, zero)
      print("\(name),mean_distance,\(String(format: "%.3f", distance(own.mean, longest.mean)))")
      print("\(name),deviation_ratio,\(String(format: "%.3f", spread))")
    }
    print("ddim eta 1 500,deviation,\(distance(longest.deviation, zero))")
    try row("ddim eta 1 500 other seeds", .ddim(steps: 500), from: 2000)
    for steps in [5, 10, 20, 50, 200] { try row("ddim eta 1 \(steps)", .ddim(steps: steps)) }
    for steps in [5, 10, 20, 50] {
      try row("sde-dpm-solver \(steps)", .stochasticDPMSolver(steps: steps))
      try row("unipc law \(steps)", .uniPC(steps: steps))
    }
  }
}

do {
  let options = try Options()
  let study = try Study(options)
  try study.deterministic(seeds: options["--seeds"])
  try study.distributions(seeds: 4 * options["--seeds"])
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
