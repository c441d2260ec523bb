// Times the landmark networks one by one, and all that is done with one photo.
//
//     landmark-benchmark --photo FILE [--threads 2] [--repeats 40] [--models assets/models] [--steps 1]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says. `networks_ms` are the six networks once
// each, `photo_ms` the persons of the photo and the landmarks and mask of the first, crops included: ten
// runs of networks. The same networks as `peers/tflite_landmarks.py`. `--steps 1` prints each network's single steps.

import AvatarCreation
import Compute
import Foundation
import Media
import NeuralRender
import TensorFiles

/// Command line options: `--name value`, nothing else.
struct Options {
  var threads = 2
  var repeats = 40
  var models = "assets/models"
  var photo = ""
  var printsSteps = false

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else {
        throw ProgramError(.usage, "\(name) needs a value")
      }
      switch name {
      case "--threads": threads = try Self.count(value, name)
      case "--repeats": repeats = try Self.count(value, name)
      case "--models": models = value
      case "--photo": photo = value
      case "--steps": printsSteps = value != "0"
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

func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(work) / .milliseconds(1)
}

func readPhoto(_ path: String) throws -> Photo {
  let picture = try PictureFile.read(path: path)
  guard case .bytes(let bytes) = picture.samples, picture.channels == 3 else {
    throw ProgramError(.dataError, "the benchmark wants a photo of RGB bytes", file: path)
  }
  return Photo(width: picture.width, height: picture.height, pixels: bytes)
}

/// The least time of each step and the operations in it, the slowest first.
func printSteps(_ plan: Plan) throws {
  var steps = try plan.profile().map { ($0, $0.seconds) }
  for _ in 0..<19 {
    for (index, step) in try plan.profile().enumerated() {
      steps[index].1 = min(steps[index].1, step.seconds)
    }
  }
  for (step, seconds) in steps.sorted(by: { $0.1 > $1.1 }) {
    print("\(step.name) [\(step.kernel)],ms,\(seconds * 1e3)")
    print("\(step.name) [\(step.kernel)],gflops,\(Double(step.operations) / seconds / 1e9)")
  }
}

func run() throws {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let name = "landmarks-t\(options.threads)"
  let pool = WorkerPool(threads: options.threads)
  func lines(_ metric: String, _ values: [Double]) {
    let sorted = values.sorted()
    print("\(name),\(metric)_ms_median,\(sorted[sorted.count / 2])")
    print("\(name),\(metric)_ms_min,\(sorted[0])")
  }

  var plans: [(network: LandmarkNetwork, plan: Plan)] = []
  for network in LandmarkNetwork.allCases {
    let weights = try SafetensorsFile(path: "\(options.models)/\(network.fileName)")
    let graph = try network.graph(of: weights)
    let parameters = try Parameters(of: graph, from: weights)
    plans.append((network, try Plan(graph, parameters: parameters, pool: pool)))
  }
  for (_, plan) in plans { for _ in 0..<3 { try plan.run() } }
  var times = [[Double]](repeating: [], count: plans.count)
  for _ in 0..<options.repeats {
    for index in plans.indices {
      times[index].append(try milliseconds { try plans[index].plan.run() })
    }
  }
  for (index, (network, _)) in plans.enumerated() { lines(network.rawValue, times[index]) }
  lines("networks", (0..<options.repeats).map { round in times.reduce(0) { $0 + $1[round] } })

  if options.printsSteps { for (_, plan) in plans { try printSteps(plan) } }
  guard !options.photo.isEmpty else { return }
  let photo = try readPhoto(options.photo)
  var made: LandmarkDetector?
  let loading = try milliseconds {
    made = try LandmarkDetector(models: options.models, pool: pool)
  }
  print("\(name),load_ms,\(loading)")
  guard let detector = made else { return }
  func once() throws {
    guard let person = try detector.persons(in: photo).first else {
      throw ProgramError(.dataError, "there is no person in the photo", file: options.photo)
    }
    _ = try detector.landmarks(of: person, in: photo)
  }
  for _ in 0..<3 { try once() }
  lines("photo", try (0..<options.repeats).map { _ in try milliseconds(once) })
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(error.code.rawValue)
}
