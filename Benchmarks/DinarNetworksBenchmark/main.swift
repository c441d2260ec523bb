// Times the networks that make DINAR's textures: encoder, generator, compression.
//
//     dinar-networks-benchmark --checkpoint FILE [--threads 2] [--repeats 20] [--only encoder] [--steps 1] [--bits 32]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says; `codes` is the code search alone. With
// `--steps 1` the steps of each network as well, the slowest first. The same networks as
// `peers/dinar_networks.py`, of a checkpoint as `Tools/random_dinar.py --all` makes it.

import Compute
import Foundation
import NeuralRender

/// Command line options: `--name value`, nothing else.
struct Options {
  var checkpoint = ""
  var threads = 2
  var repeats = 20
  var only = ""
  var printsSteps = false
  /// 16 as `fast` has it.
  var bits = 32

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else {
        throw ProgramError(.usage, "\(name) needs a value")
      }
      switch name {
      case "--checkpoint": checkpoint = value
      case "--threads": threads = try Self.count(value, name)
      case "--repeats": repeats = try Self.count(value, name)
      case "--only": only = value
      case "--steps": printsSteps = value != "0"
      case "--bits": bits = try Self.count(value, name)
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

/// A network's plan with seeded inputs of a normal distribution.
struct Timed {
  let name: String
  let plan: Plan

  init(
    _ name: String, _ graph: Graph, _ parameters: Parameters, _ precision: PlanPrecision,
    _ pool: WorkerPool
  ) throws {
    self.name = name
    plan = try Plan(graph, parameters: parameters, pool: pool, precision: precision)
    for (stream, (input, value)) in graph.inputs.enumerated() {
      let random = PhiloxRandom(seed: 1, stream: UInt64(stream))
      let tensor = Tensor(shape: value.shape) { random.fillNormal($0, from: 0) }
      for image in 0..<(value.shape.first ?? 1) {
        plan.input(input, image: image)?.write(tensor, image: image)
      }
    }
  }

  func measure() throws -> Double {
    try ContinuousClock().measure { try plan.run() } / .milliseconds(1)
  }
}

/// The networks by name, each planned only when it is wanted.
func networks(
  of checkpoint: DinarCheckpoint, only: String, _ precision: PlanPrecision, _ pool: WorkerPool
) throws -> [Timed] {
  let (generator, compression) = (checkpoint.generator, checkpoint.compression)
  let height = generator.sizes.textureHeight
  let width = generator.sizes.textureWidth
  let low = (height: height / compression.sizes.unit, width: width / compression.sizes.unit)
  var result: [Timed] = []
  func add(_ name: String, _ graph: () throws -> Graph, _ parameters: () throws -> Parameters)
    throws
  {
    guard only.isEmpty || only == name else { return }
    result.append(try Timed(name, graph(), parameters(), precision, pool))
  }
  try add(
    "encoder", { try checkpoint.encoder.graph() }, { try checkpoint.encoderParameters() })
  try add("generator", { try generator.graph() }, { try checkpoint.generatorParameters() })
  try add(
    "encode", { try compression.encoderGraph(height: height, width: width) },
    { try checkpoint.compressionParameters() })
  try add(
    "decode", { try compression.decoderGraph(height: low.height, width: low.width) },
    { try checkpoint.compressionParameters() })
  try add(
    "codes", { try codeSearch(compression.sizes, low) },
    { try checkpoint.compressionParameters() })
  return result
}

func codeSearch(
  _ sizes: DinarCompressionSizes, _ low: (height: Int, width: Int)
) throws -> Graph {
  var graph = Graph()
  let z = graph.input("z", shape: [1, sizes.codeWidth, low.height, low.width])
  let book = try graph.parameter(
    "quantize.embedding.weight", shape: [sizes.codes, sizes.codeWidth])
  graph.output("codes", try graph.codeSearch(z, codes: book))
  return graph
}

func run() throws {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let pool = WorkerPool(threads: options.threads)
  let start = ContinuousClock.now
  let checkpoint = try DinarCheckpoint(path: options.checkpoint)
  let networks = try networks(
    of: checkpoint, only: options.only, options.bits == 16 ? .sixteenBits : .exact, pool)
  print("dinar-networks,prepare_s,\((ContinuousClock.now - start) / .seconds(1))")
  for network in networks { for _ in 0..<2 { _ = try network.measure() } }
  // In turns, so that all meet the same state of the machine.
  var times = networks.map { _ in [Double]() }
  for _ in 0..<options.repeats {
    for index in networks.indices { times[index].append(try networks[index].measure()) }
  }
  for (index, network) in networks.enumerated() {
    let sorted = times[index].sorted()
    print("dinar-networks,\(network.name)_ms_median,\(sorted[sorted.count / 2])")
    print("dinar-networks,\(network.name)_ms_min,\(sorted[0])")
    print("dinar-networks,\(network.name)_activations_mb,\(Double(network.plan.memoryBytes) / 1e6)")
  }
  if options.printsSteps { for network in networks { try printSteps(network.plan) } }
}

/// The least time of each step and the operations in it, the slowest first.
func printSteps(_ plan: Plan) throws {
  var steps = try plan.profile().map { ($0, $0.seconds) }
  for _ in 0..<9 {
    for (index, step) in try plan.profile().enumerated() {
      steps[index].1 = min(steps[index].1, step.seconds)
    }
  }
  for (step, seconds) in steps.sorted(by: { $0.1 > $1.1 }) {
    print("\(step.name) [\(step.kernel)],ms,\(seconds * 1e3)")
    print("\(step.name) [\(step.kernel)],gflops,\(Double(step.operations) / seconds / 1e9)")
  }
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(error.code.rawValue)
}
