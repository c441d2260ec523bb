/// The landmark networks against recordings of the TFLite interpreter, and what their weights must be.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct LandmarkNetworkParityTests {
  /// Absolute, as the fixtures' README gives them: pixels of the network's input, logits, metres.
  private static func tolerance(_ network: LandmarkNetwork, _ output: String) -> Float {
    switch (network, output) {
    case (.personDetection, _), (.faceDetection, _): 5e-3
    case (.body, "mask"): 1
    case (.body, "world"): 5e-4
    case (.body, _), (.handRegion, _): 5e-2
    case (.hand, _), (.face, _): 1e-3
    }
  }

  @Test(arguments: LandmarkNetwork.allCases) func recordedCases(network: LandmarkNetwork) throws {
    let weights = try LandmarkWeights.file(network)
    let graph = try network.graph(of: weights)
    let parameters = try Parameters(of: graph, from: weights)
    let golden = try NPZFile(
      path: Fixtures.path("landmarks/networks/\(network.rawValue).npz"))
    for threads in [1, 2] {
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: threads))
      for input in golden.names.filter({ $0.hasSuffix("_in") }) {
        let kind = input.dropLast("_in".count)
        let results = try plan.run(["image": Tensor(golden.tensor(input))])
        #expect(golden.names.filter { $0.hasPrefix("\(kind)_out") }.count == graph.outputs.count)
        for (index, output) in graph.outputs.enumerated() {
          let expected = try golden.tensor("\(kind)_out\(index)").floats()
          let found = try #require(results[output.name]).elements
          try #require(found.count == expected.count, "\(output.name)")
          let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
          #expect(worst <= Self.tolerance(network, output.name), "\(kind) \(output.name)")
        }
      }
    }
  }
}

@Suite struct LandmarkNetworkTests {
  @Test(arguments: LandmarkNetwork.allCases) func everyStepHasAKernel(
    network: LandmarkNetwork
  ) throws {
    let weights = try LandmarkWeights.file(network)
    let graph = try network.graph(of: weights)
    let plan = try Plan(
      graph, parameters: Parameters(of: graph, from: weights), pool: WorkerPool(threads: 1))
    let slow = plan.steps.filter { $0.kernel == "reference" }.map(\.name)
    #expect(slow.isEmpty, "\(slow)")
  }

  @Test(arguments: LandmarkNetwork.allCases) func threadsChangeNothing(
    network: LandmarkNetwork
  ) throws {
    let weights = try LandmarkWeights.file(network)
    let graph = try network.graph(of: weights)
    let parameters = try Parameters(of: graph, from: weights)
    let inputs = PlanTests.inputs(of: graph, seed: 4)
    let results = try [1, 2, 5].map {
      try Plan(graph, parameters: parameters, pool: WorkerPool(threads: $0)).run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// What a file says of licence and origin goes with it.
  @Test(arguments: LandmarkNetwork.allCases) func filesSayWhereTheyAreFrom(
    network: LandmarkNetwork
  ) throws {
    let metadata = try LandmarkWeights.file(network).metadata
    #expect(metadata["licence"] == "Apache-2.0")
    #expect(metadata["attribution"]?.contains("The MediaPipe Authors") == true)
    #expect(metadata["changes"]?.contains("layout changed") == true)
    #expect(metadata["source_sha256"]?.count == 64)
  }

  /// Sizes come from the weights: a missing layer and another network's file are told.
  @Test func otherWeightsAreRefused() throws {
    let face = try LandmarkWeights.file(.face)
    for network in LandmarkNetwork.allCases where network != .face {
      #expect(throws: ProgramError.self) {
        let graph = try network.graph(of: face)
        _ = try Parameters(of: graph, from: face)
      }
    }
    #expect(throws: ProgramError.self) {
      try LandmarkNetwork.face.graph(of: ["stem.weight": Tensor(shape: [16, 3])])
    }
    #expect(throws: ProgramError.self) {
      try LandmarkNetwork.hand.graph(of: [String: Tensor]())
    }
  }
}

enum LandmarkWeights {
  static func file(_ network: LandmarkNetwork) throws -> SafetensorsFile {
    try SafetensorsFile(path: Fixtures.asset("models/\(network.fileName)"))
  }
}
