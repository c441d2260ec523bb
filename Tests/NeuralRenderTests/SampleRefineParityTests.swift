/// Sample&Refine's networks against recordings of the published ones.
import AllocationCounter
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct SampleRefineParityTests {
  @Test func thereAreCases() throws {
    #expect(try !SampleRefineCase.read().isEmpty)
  }

  /// Every recorded stage of every case whose input was recorded, by plans of 1, 2 and 5 threads, which agree
  /// in every bit, have a kernel for every step and allocate nothing, and by the scalar twins.
  @Test(arguments: SampleRefineCase.all) func recordedCases(known: SampleRefineCase) throws {
    let golden = try SampleRefineGolden(known)
    let checkpoint = try golden.checkpoint()
    guard let all = try golden.inputs() else { return }
    let sizes = checkpoint.refiner?.sizes
    let plain = try checkpoint.graph(size: known.size)
    var graph = plain
    let inputs = all.filter { name, _ in graph.inputs.contains { $0.name == name } }
    let values = try ReferenceExecutor(graph, parameters: checkpoint.parameters()).values(inputs)
    for name in golden.file.names where name != "sampler_in_u8" {
      if let module = golden.module(
        name, levels: sizes?.levels ?? 0, blocks: sizes?.blocks ?? 0)
      {
        let last = try #require(
          graph.nodes.lastIndex { $0.module == module || $0.module.hasPrefix(module + ".") })
        graph.output(name, Graph.Value(index: last, shape: graph.nodes[last].shape))
      }
      let output = try #require(graph.outputs.first { $0.name == name }, "\(name)").value
      try golden.compare(values[output.index], name)
    }
    // With features as results less is fused.
    for graph in [plain, graph] {
      let result = try Self.planned(graph, checkpoint, inputs)
      for (name, _) in graph.outputs where golden.file.contains(name) {
        try golden.compare(#require(result[name]), name)
      }
    }
  }

  private static func planned(
    _ graph: Graph, _ checkpoint: SampleRefineCheckpoint, _ inputs: [String: Tensor]
  ) throws -> [String: Tensor] {
    let results = try [1, 2, 5].map { threads in
      let plan = try Plan(
        graph, parameters: checkpoint.parameters(), pool: WorkerPool(threads: threads))
      #expect(plan.steps.allSatisfy { $0.kernel != "reference" })
      let result = try plan.run(inputs)
      if threads == 1 && allocation_counter_works() {
        let before = allocation_count_of_thread()
        try plan.run()
        #expect(allocation_count_of_thread() == before)
      }
      return result
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    return results[0]
  }

  /// Sizes and kinds are what the options of the recorded runs say.
  @Test(arguments: SampleRefineCase.all) func sizesAreTheOptions(known: SampleRefineCase) throws {
    guard known.refiner != nil else { return }
    let refiner = try #require(SampleRefineGolden(known).checkpoint().refiner)
    let sizes = refiner.sizes
    if let width = known.option("ngf") { #expect("\(sizes.width)" == width) }
    if let levels = known.option("num_layers") { #expect("\(sizes.levels)" == levels) }
    if let blocks = known.option("num_blocks") { #expect("\(sizes.blocks)" == blocks) }
    #expect(sizes.isGated == known.has("use_gate"))
    #expect(sizes.hasSkips == !known.has("no_skip"))
    #expect(refiner.inputs.rawValue == known.concat)
  }

  /// Each network reads every key of its file, once.
  @Test(arguments: SampleRefineCase.all) func everyWeightIsRead(known: SampleRefineCase) throws {
    let checkpoint = try SampleRefineGolden(known).checkpoint()
    let read = try checkpoint.graph(size: known.size).parameters.map(\.key).sorted()
    let there =
      checkpoint.samplerWeights.names.map { "sampler." + $0 }
      + (checkpoint.refinerWeights?.names.map { "refiner." + $0 } ?? [])
    #expect(read == there.sorted())
  }

  /// A refiner in a sampler's place, and the other way round: the error says what the file holds.
  @Test func exchangedFilesAreRefused() throws {
    let known = try #require(SampleRefineCase.read().first { $0.refiner != nil })
    let sampler = try TorchCheckpoint(path: SampleRefineCase.weights(known.sampler))
    let refiner = try TorchCheckpoint(path: SampleRefineCase.weights(#require(known.refiner)))
    #expect {
      _ = try SampleRefineCheckpoint(sampler: refiner, refiner: nil)
    } throws: {
      "\($0)".contains("does not hold Sample&Refine's sampler")
        && "\($0)".contains("found Sample&Refine's refiner")
    }
    #expect {
      _ = try SampleRefineCheckpoint(
        sampler: sampler, refiner: .init(sampler, inputs: .unseen))
    } throws: {
      "\($0)".contains("does not hold Sample&Refine's refiner")
    }
  }
}
