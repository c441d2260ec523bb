/// The scalar references against PyTorch in double precision. Which operations, cases, axes and sizes
/// there are is what the index says.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct OperationParityTests {
  /// Recorded for training, which this module does not do.
  static let optimizers: Set = ["adam"]
  /// Empty if there is no index: `everyOperationIsCompared` fails then.
  static let operations = ((try? OperationCase.recordedOperations()) ?? [])
    .filter { !optimizers.contains($0) }

  @Test func everyOperationIsCompared() throws {
    let recorded = try OperationCase.recordedOperations()
    #expect(!Self.operations.isEmpty)
    #expect(Set(recorded).subtracting(Self.optimizers) == Set(Self.operations))
  }

  @Test(arguments: operations)
  func reference(operation: String) throws {
    let bound = OperationGraphs.bound(operation)
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
