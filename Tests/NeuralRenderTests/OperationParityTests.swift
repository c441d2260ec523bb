/// The scalar references against PyTorch in double precision.
import Compute
import Testing

@testable import NeuralRender

@Suite struct OperationParityTests {
  @Test(arguments: OperationGraphs.bounds)
  func reference(operation: String, bound: Float) throws {
    let cases = try OperationCase.all(operation)
    try #require(!cases.isEmpty)
    for golden in cases {
      let graph = try golden.graph(OperationGraphs.build)
      let results = try ReferenceExecutor(graph).run(golden.inputs)
      #expect(!results.isEmpty)
      for (name, found) in results {
        let expected = try #require(golden.recorded[name], "\(operation) \(golden.index) \(name)")
        let error = relativeError(found, expected)
        #expect(
          error <= bound,
          "\(operation) \(golden.index) \(name): \(golden.options) \(found.shape)")
      }
    }
  }
}
