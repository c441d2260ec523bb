/// Plans against PyTorch in double precision, operation by operation: with weights that are constant and
/// weights that are given at every run.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct PlanOperationParityTests {
  /// What networks are given at every run.
  static let data: Set = ["x", "a", "qkv", "style", "grid"]
  /// Computed from constants only, or with weights that are not: by the reference.
  static let withoutKernels: Set = ["second_order_r1", "second_order_wgan_gp", "second_order_path"]

  @Test(arguments: OperationParityTests.operations, [true, false])
  func plan(operation: String, hasConstantWeights: Bool) throws {
    let bound = OperationGraphs.bound(operation)
    for golden in try OperationCase.all(operation) {
      let graph = try golden.graph(
        isInput: { !hasConstantWeights || Self.data.contains($0) }, OperationGraphs.build)
      let inputs = golden.inputs.filter { name, _ in graph.inputs.contains { $0.name == name } }
      let plan = try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 2))
      let results = try plan.run(inputs)
      #expect(!results.isEmpty)
      for (name, found) in results {
        let expected = try #require(golden.recorded[name], "\(operation) \(golden.index) \(name)")
        let error = relativeError(found, expected)
        #expect(
          error <= bound,
          "\(operation) \(golden.index) \(name): \(error), \(golden.options) \(found.shape)")
      }
      if hasConstantWeights && !Self.withoutKernels.contains(operation) {
        let slow = plan.steps.filter { $0.kernel == "reference" }.map(\.name)
        #expect(slow.isEmpty, "\(operation) \(golden.index): \(slow)")
      }
    }
  }
}
