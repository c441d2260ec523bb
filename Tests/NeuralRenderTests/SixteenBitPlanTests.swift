import AllocationCounter
import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// Plans with weights of 16 bits beside the exact ones.
@Suite struct SixteenBitPlanTests {
  private static let sizes = DinarDiffusionSizes(
    inputChannels: 13, latentChannels: 6, levelChannels: [48, 64], baseChannels: 48, blocks: 1,
    attentionLevels: [1], timestepWidth: 16, embeddingChannels: 64, colourChannels: 3,
    maskChannels: 2, heads: .count(2), groups: 8)

  /// Weights of the size that keeps values from layer to layer, as trained networks have them.
  private static func parameters(of graph: Graph) -> Parameters {
    var random = SeededGenerator(state: 3)
    var tensors: [String: Tensor] = [:]
    for (key, value) in graph.parameters {
      let inputs = max(value.shape.dropFirst().reduce(1, *), 1)
      let size = value.shape.count == 1 ? 0.5 : 1.7 / Float(inputs).squareRoot()
      tensors[key] = Tensor(
        shape: value.shape,
        (0..<value.shape.reduce(1, *)).map { _ in
          let number = Float.random(in: -size...size, using: &random)
          return value.shape.count == 1 && key.hasSuffix("weight") ? 1 + number : number
        })
    }
    return Parameters(tensors)
  }

  private static func plan(
    _ precision: PlanPrecision, threads: Int = 2, height: Int = 32, width: Int = 24
  ) throws -> (plan: Plan, inputs: [String: Tensor]) {
    let graph = try DinarDiffusion(sizes).graph(height: height, width: width)
    let plan = try Plan(
      graph, parameters: parameters(of: graph), pool: WorkerPool(threads: threads),
      precision: precision)
    return (plan, PlanTests.inputs(of: graph, seed: 5))
  }

  @Test func resultsAreNearTheExactOnes() throws {
    let (exact, inputs) = try Self.plan(.exact)
    let (fast, _) = try Self.plan(.sixteenBits)
    let kernels = Set(fast.steps.map(\.kernel))
    #expect(kernels.isSuperset(of: ["Winograd int16", "pointwise int16"]))
    let one = try #require(exact.run(inputs)["noise"])
    let other = try #require(fast.run(inputs)["noise"])
    let errors = zip(one.elements, other.elements).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
    let signal = one.elements.reduce(0) { $0 + Double($1 * $1) }
    #expect(errors > 0 && 10 * log10(signal / errors) > 50)
  }

  @Test func threadsChangeNothing() throws {
    var results: [Tensor] = []
    for threads in [1, 2, 5] {
      let (plan, inputs) = try Self.plan(.sixteenBits, threads: threads)
      results.append(try #require(plan.run(inputs)["noise"]))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// What is not a number comes out as such, so that a sampler notices.
  @Test func notANumberStaysSo() throws {
    var (plan, inputs) = try Self.plan(.sixteenBits)
    let x = try #require(inputs["x"])
    inputs["x"] = Tensor(shape: x.shape, [.nan] + x.elements.dropFirst())
    let result = try #require(plan.run(inputs)["noise"])
    #expect(result.elements.contains { $0.isNaN })
  }

  /// Weights that 16 bits cannot hold are computed as ever.
  @Test func hostileWeightsStayFloats() throws {
    let shape = [64, 64, 3, 3]
    func kernels(_ weights: Tensor) throws -> [String] {
      var graph = Graph()
      let x = graph.input("x", shape: [1, 64, 40, 40])
      let y = try graph.convolution(
        x, weight: graph.constant(weights), bias: nil, padding: Padding(1))
      graph.output("y", y)
      let plan = try Plan(
        graph, parameters: Parameters(), pool: WorkerPool(threads: 2), precision: .sixteenBits)
      return plan.steps.map(\.kernel)
    }
    #expect(try kernels(Tensor(shape: shape, repeating: 0.5)) == ["Winograd int16"])
    #expect(try kernels(Tensor(shape: shape, repeating: 1e25)) == ["Winograd"])
  }

  @Test(.enabled(if: allocation_counter_works())) func runsAllocateNothing() throws {
    let (plan, inputs) = try Self.plan(.sixteenBits, threads: 1)
    _ = try plan.run(inputs)
    let before = allocation_count_of_thread()
    try plan.run()
    let count = allocation_count_of_thread() - before
    #expect(count == 0)
  }
}
