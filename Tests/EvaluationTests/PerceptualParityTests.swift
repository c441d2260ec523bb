import Compute
import Foundation
import NeuralRender
import TensorFiles
import TestSupport
import Testing

/// LPIPS's structure against the golden data with a narrow random trunk, and real shapes.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "there is no golden data"))
struct PerceptualParityTests {
  @Test func layersAndTotal() throws {
    let file = try NPZFile(path: Fixtures.path("metrics/lpips_random_backbone.npz"))
    var weights: [String: Tensor] = [:]
    for (index, place) in [0, 3, 6, 8, 10].enumerated() {
      weights["features.\(place).weight"] = try Tensor(file.tensor("conv\(index)_w"))
      weights["features.\(place).bias"] = try Tensor(file.tensor("conv\(index)_b"))
      weights["lin\(index).model.1.weight"] = try Tensor(file.tensor("lin\(index)_w"))
    }
    let distance = try PerceptualDistance(backbone: weights, linear: weights)
    let (x, y) = (try Tensor(file.tensor("x")), try Tensor(file.tensor("y")))
    let graph = try distance.graph(height: x.shape[2], width: x.shape[3])
    let expected = try Tensor(file.tensor("per_layer"))
    let total = try Tensor(file.tensor("total"))[0]
    let inputs = ["a": x, "b": y]
    for results in [
      try ReferenceExecutor(graph, parameters: distance.parameters).run(inputs),
      try Plan(graph, parameters: distance.parameters, pool: WorkerPool(threads: 2)).run(inputs),
    ] {
      let layers = try (0..<expected.count).map { try #require(results["layer\($0)"])[0] }
      for (index, layer) in layers.enumerated() {
        #expect(abs(layer - expected[index]) < 5e-7, "layer \(index)")
      }
      #expect(abs(layers.reduce(0, +) - total) < 1e-6)
    }
    let recorded = try #require(MetricParityTests.document()["lpips"] as? [String: Any])
    #expect(abs(Double(total) - (recorded["random_backbone_total"] as? Double ?? 0)) < 1e-6)
  }

  /// The names and shapes that the lpips package has.
  @Test func publishedShapes() throws {
    let recorded = try #require(MetricParityTests.document()["lpips"] as? [String: Any])
    let linear = try #require(
      recorded["linear_layers_v0.1"] as? [String: [String: [Int]]])
    for (name, kind) in [("alex", PerceptualTrunk.Kind.alexNet), ("vgg", .vgg)] {
      let state = try #require(recorded["\(name)_backbone_state"] as? [String: [Int]])
      let shapes = try #require(linear[name])
      let weights = state.merging(shapes) { one, _ in one }
        .mapValues { Tensor(shape: $0, repeating: 0.01) }
      let distance = try PerceptualDistance(backbone: weights, linear: weights)
      #expect(distance.trunk.kind == kind)
      let channels = shapes.keys.sorted().map { shapes[$0]?[1] ?? 0 }
      #expect(distance.trunk.channels == channels)
      #expect(PerceptualDistance.linearChannels(weights) == channels)
    }
  }
}
