// Mutation fuzzing of every reader of files: damaged files must give a `ProgramError` or values,
// never a crash, a hang or a runaway allocation.
//
//   fuzz-readers [--seconds N] [--seed S] [--target READER] [--iteration K] [--body BODY]
//                [CORPUS FILE ...]
//
// The targets `avatar`, `import` and `dinar-networks` go the whole way to a rendered frame. `--body` is tried for avatars
// of the corpus that do not lie on the tiny body.
//
// Deterministic: file K of seed S is the same on every machine. A failure prints how to see it again
// and leaves the file that did it.

import Compute
import Foundation
import TestSupport

struct Options {
  var seconds = 60.0
  var seed: UInt64 = 1
  var only: String?
  var iteration: UInt64?
  var corpus: [String] = []
  // Written once, before anything is read.
  nonisolated(unsafe) static var body: String?

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func value<T>(_ name: String, _ parse: (String) -> T?) throws -> T {
      guard let text = rest.popFirst(), let value = parse(text) else {
        throw ProgramError(.usage, "the option lacks a value", key: name)
      }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--seconds": seconds = try value(argument) { Double($0) }
      case "--seed": seed = try value(argument) { UInt64($0) }
      case "--target", "--only": only = try value(argument) { $0 }
      case "--body": Options.body = try value(argument) { $0 }
      case "--iteration": iteration = try value(argument) { UInt64($0) }
      case _ where argument.hasPrefix("-"):
        throw ProgramError(
          .usage, "unknown option", key: argument,
          expected: "--seconds, --seed, --target, --iteration, --body or corpus files")
      default: corpus.append(argument)
      }
    }
  }
}

func run(_ options: Options) throws {
  let scratch = try ScratchFile()
  var seeds = try BuiltInSeeds.make(scratch: scratch.path + ".seed")
  defer { AvatarWorld.remove() }
  let world = try AvatarWorld.shared.get()
  for more in [try world.seeds(), try PhotoSeeds.make(world), try DinarWorld.shared.get().seeds()] {
    seeds.merge(more) { $0 + $1 }
  }
  for path in options.corpus {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let suffix = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard bytes.count <= Mutator.largest else { continue }
    for reader in FuzzedReader.all where reader.suffixes.contains(suffix) {
      seeds[reader.name, default: []].append(bytes)
    }
  }
  let readers = FuzzedReader.all.filter {
    seeds[$0.name] != nil && (options.only ?? $0.name) == $0.name
  }
  guard !readers.isEmpty else {
    throw ProgramError(
      .usage, "there is nothing to fuzz", key: "--target",
      expected: FuzzedReader.all.map(\.name).joined(separator: ", "), found: options.only)
  }
  let all = seeds.keys.sorted().flatMap { seeds[$0] ?? [] }

  Watch.start()
  var read = [Int](repeating: 0, count: readers.count)
  var accepted = read
  func fuzz(_ index: Int, _ iteration: UInt64) throws {
    let reader = readers[index]
    let own = seeds[reader.name] ?? []
    var random = SeededGenerator(seed: options.seed, iteration: iteration)
    // Mostly splices from files of the same kind, sometimes from any.
    let others = random.below(8) == 0 ? all : own
    let seed = own[random.below(own.count)]
    // Two of three mutations say something wrong rather than something unreadable.
    let bytes =
      (random.below(3) > 0 ? StructuredMutator.mutate(seed, using: &random) : nil)
      ?? Mutator.mutate(seed, others: others, using: &random)
    try scratch.write(bytes)
    Watch.about(reader.name, seed: options.seed, iteration: iteration, input: scratch.path)
    read[index] += 1
    do {
      try reader.read(scratch.path, bytes)
      accepted[index] += 1
    } catch is ProgramError {
    } catch {
      Watch.fail("\(reader.name): an error that is not a ProgramError: \(error)")
    }
  }

  let start = ContinuousClock.now
  func elapsed() -> Double { (ContinuousClock.now - start) / .seconds(1) }
  if let iteration = options.iteration {
    for index in readers.indices { try fuzz(index, iteration) }
  } else {
    var iteration: UInt64 = 0
    while elapsed() < options.seconds {
      for index in readers.indices { try fuzz(index, iteration) }
      iteration += 1
    }
  }
  Watch.stop()
  let seconds = elapsed()
  for (index, reader) in readers.enumerated() {
    print(
      "\(reader.name): \(read[index]) files, \(accepted[index]) still readable,",
      "\(seeds[reader.name]?.count ?? 0) seeds")
  }
  let total = read.reduce(0, +)
  print(
    String(
      format: "clean: %d mutated files in %.1f s (%.0f a second), seed %llu", total, seconds,
      Double(total) / max(seconds, 1e-9), options.seed))
}

do {
  try run(Options(Array(CommandLine.arguments.dropFirst())))
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(error.code.rawValue)
}
