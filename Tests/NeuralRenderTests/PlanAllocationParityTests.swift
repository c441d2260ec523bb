import AllocationCounter
import Compute
import TestSupport
import Testing

@testable import NeuralRender

/// No kernel takes memory while it runs: every golden operation, as a plan.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected && allocation_counter_works(), "golden data"))
struct PlanAllocationParityTests {
  @Test(arguments: OperationParityTests.operations)
  func runsAllocateNothing(operation: String) throws {
    if PlanOperationParityTests.withoutKernels.contains(operation) { return }
    for golden in try OperationCase.all(operation) {
      let graph = try golden.graph(
        isInput: { PlanOperationParityTests.data.contains($0) }, OperationGraphs.build)
      let plan = try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 1))
      try plan.run()
      let before = allocation_count_of_thread()
      try plan.run()
      let count = allocation_count_of_thread() - before
      #expect(count == 0, "\(operation) \(golden.index) \(golden.options)")
    }
  }
}
