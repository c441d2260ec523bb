/// Doubled images that convolutions by tiles make on their way, gates and residuals behind norms.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct EnlargingTests {
  static let modes: [Padding.Mode] = [.reflect, .zeros, .replicate]

  /// A doubled image and its convolution are one step, equal to the definition at every border.
  @Test(arguments: [false, true], EnlargingTests.modes)
  func doublingIsPartOfTheConvolution(isBilinear: Bool, mode: Padding.Mode) throws {
    for (channels, outputs, height, width) in [
      (24, 48, 5, 7), (40, 33, 5, 6), (32, 32, 9, 4), (70, 30, 8, 8),
    ] {
      var graph = Graph()
      let x = graph.input("x", shape: [1, channels, height, width])
      let doubled = try isBilinear ? graph.doubledBilinear(x) : graph.doubledNearest(x)
      graph.output(
        "y",
        try graph.relu(
          graph.convolution(
            doubled, weight: graph.parameter("w", shape: [outputs, channels, 3, 3]),
            bias: graph.parameter("b", shape: [outputs]), padding: Padding(1, mode))))
      let parameters = PlanTests.parameters(of: [graph], seed: 3)
      #expect(try PlanTests.difference(graph, parameters, threads: 2) < 2e-5)
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
      #expect(plan.steps.count == 1, "\(plan.steps.map(\.kernel))")
    }
  }

  /// The same where weights are transformed as they are multiplied.
  @Test(arguments: [false, true]) func manyChannels(isBilinear: Bool) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 256, 3, 5])
    let doubled = try isBilinear ? graph.doubledBilinear(x) : graph.doubledNearest(x)
    graph.output(
      "y",
      try graph.convolution(
        doubled, weight: graph.parameter("w", shape: [260, 256, 3, 3]),
        padding: Padding(1, .reflect)))
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 2e-5)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    #expect(plan.steps.count == 1, "\(plan.steps.map(\.kernel))")
  }

  /// A doubled image that others read too is made.
  @Test func sharedDoublingIsMade() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 32, 6, 5])
    let doubled = try graph.doubledNearest(x)
    let y = try graph.convolution(
      doubled, weight: graph.parameter("w", shape: [32, 32, 3, 3]), padding: Padding(1, .reflect))
    graph.output("y", try graph.add(y, doubled))
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 2e-5)
  }

  enum GateOrder: CaseIterable { case none, beforeNorm, behindNorm }

  /// Activation, gate and residual behind an instance norm are its step, wherever the graph names them.
  @Test(arguments: [3, 16, 21, 40], GateOrder.allCases)
  func gatesAndResidualsFollowNorms(channels: Int, gated: GateOrder) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, channels, 7, 6])
    let sums = try graph.convolution(
      x, weight: graph.parameter("w", shape: [2 * channels, channels, 3, 3]),
      padding: Padding(1, .reflect))
    var gate = try graph.channels(sums, channels..<2 * channels)
    var y = try graph.leakyReLU(
      graph.instanceNormalization(graph.channels(sums, 0..<channels)), slope: 0.2)
    if gated == .behindNorm { gate = try graph.channels(sums, channels..<2 * channels) }
    if gated != .none { y = try graph.multiply(y, graph.sigmoid(gate)) }
    let residual =
      gated == .behindNorm ? graph.input("residual", shape: [2, channels, 7, 6]) : x
    graph.output("y", try graph.add(residual, y))
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 2e-5)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    #expect(plan.steps.count == 2, "\(plan.steps.map(\.name))")
  }
}
