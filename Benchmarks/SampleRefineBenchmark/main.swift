// Times Sample&Refine's sampler and refiner, each once for a texture, and what is made of a photo before them.
//
//     sample-refine-benchmark --folder FOLDER [--size 256] [--threads 2] [--repeats 20] [--steps 1]
//                             [--precision exact|fast] [--photo PHOTO [--texels 512]]
//
// FOLDER is as `Tools/random_sample_refine.py` writes it. With PHOTO instead of FOLDER the person is found and
// fitted once, and the networks' inputs are made of the fit again and again. Prints `name,metric,value` lines, as
// `Benchmarks/README.md` says, by the clock and of the processor (all threads together); with `--steps 1` the
// steps as well, the slowest first. The same networks as `peers/sample_refine.py`.

import Avatar
import AvatarCreation
import Compute
import Foundation
import NeuralRender

/// Command line options: `--name value`, nothing else.
struct Options {
  var folder = ""
  var size = 256
  var threads = 2
  var repeats = 20
  var printsSteps = false
  var precision = PlanPrecision.exact
  var photo = ""
  var texels = 512

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else {
        throw ProgramError(.usage, "\(name) needs a value")
      }
      switch name {
      case "--folder": folder = value
      case "--size": size = try Self.count(value, name)
      case "--threads": threads = try Self.count(value, name)
      case "--repeats": repeats = try Self.count(value, name)
      case "--steps": printsSteps = value != "0"
      case "--precision": precision = value == "fast" ? .sixteenBits : .exact
      case "--photo": photo = value
      case "--texels": texels = try Self.count(value, name)
      default: throw ProgramError(.usage, "unknown option \(name)")
      }
    }
  }

  private static func count(_ text: String, _ name: String) throws -> Int {
    guard let value = Int(text), value > 0 else {
      throw ProgramError(.usage, "\(name) needs a positive number", found: text)
    }
    return value
  }
}

/// Times of one piece of work, in ms.
struct Times {
  private var clock: [Double] = []
  private var processor: [Double] = []

  mutating func measure(_ work: () throws -> Void) rethrows {
    let before = Self.processorTime()
    clock.append(try ContinuousClock().measure { try work() } / .milliseconds(1))
    processor.append(Self.processorTime() - before)
  }

  func print(_ name: String) {
    let sorted = clock.sorted()
    Swift.print("sample-refine,\(name)_ms_median,\(sorted[sorted.count / 2])")
    Swift.print("sample-refine,\(name)_ms_min,\(sorted[0])")
    Swift.print("sample-refine,\(name)_processor_ms_min,\(processor.min() ?? 0)")
  }

  /// Of all threads of the process.
  private static func processorTime() -> Double {
    Double(Foundation.clock()) / Double(CLOCKS_PER_SEC) * 1000
  }
}

func fill(_ plan: Plan, _ graph: Graph) {
  for (stream, (name, value)) in graph.inputs.enumerated() {
    let random = PhiloxRandom(seed: 1, stream: UInt64(stream))
    let tensor = Tensor(shape: value.shape) { random.fillNormal($0, from: 0) }
    plan.input(name)?.write(tensor, image: 0)
  }
}

/// The networks' inputs of a fitted photo, as the program makes them.
func prepare(_ options: Options, pool: WorkerPool) throws {
  let person = try PhotoAvatar(PhotoAvatarSettings(), assets: Assets.locate(), pool: pool)
  let file = try PhotoFile(path: options.photo)
  var report = CreationReport(photo: file.photo)
  let dressed = try person.dressed(in: file, overwrite: false, report: &report, StageClock())
  let projection = try SurfaceProjection(
    model: dressed.model, atlas: TextureAtlas(of: dressed.model), size: options.texels, pool: pool)
  var times = Times()
  for _ in 0..<options.repeats {
    try times.measure {
      _ = try projection.texture(
        of: dressed.person.photo, matte: dressed.person.matte, fit: dressed.fit,
        offsets: dressed.offsets, landmarks: dressed.person.landmarks, removesLight: true,
        pool: pool
      ).input(size: options.size, pool: pool)
    }
  }
  times.print("prepare")
}

func run() throws {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let pool = WorkerPool(threads: options.threads)
  guard options.photo.isEmpty else { return try prepare(options, pool: pool) }
  let start = ContinuousClock.now
  let checkpoint = try SampleRefineCheckpoints(path: options.folder).checkpoint
  let graph = try checkpoint.graph(size: options.size)
  let plan = try Plan(
    graph, parameters: checkpoint.parameters(), pool: pool, precision: options.precision)
  fill(plan, graph)
  print("sample-refine,prepare_s,\((ContinuousClock.now - start) / .seconds(1))")
  print("sample-refine,plan_megabytes,\(Double(plan.memoryBytes) / 1e6)")
  let sampler = plan.part(for: ["flow", "sampled"])
  var (both, first) = (Times(), Times())
  for _ in 0..<2 { try plan.run() }
  for _ in 0..<options.repeats {
    try both.measure { try plan.run() }
    try first.measure { try plan.run(sampler) }
  }
  both.print("both")
  first.print("sampler")
  guard options.printsSteps else { return }
  for step in try plan.profile().sorted(by: { $0.seconds > $1.seconds }) {
    let speed = Double(step.operations) / max(step.seconds, 1e-9) / 1e9
    print("\(step.name),\(step.kernel),\(step.seconds * 1000) ms,\(speed) GFLOP/s")
  }
}

do {
  try run()
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
