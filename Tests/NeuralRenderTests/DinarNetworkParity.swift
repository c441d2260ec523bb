/// What every network of DINAR has to fulfil on a recording of the released modules.
import AllocationCounter
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

struct DinarNetworkParity {
  let graph: Graph
  let parameters: Parameters
  let inputs: [String: Tensor]
  /// Greatest difference, as a share of the greatest value (of 1 at least).
  let bound: Float
  let file: NPZFile

  func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }

  /// Compares outputs with arrays of the file, through plans of 1, 2 and 5 threads, which agree in every
  /// bit, and through the scalar twins; modules with the recorded activations that `records` accepts.
  ///
  /// - Returns: the outputs.
  @discardableResult
  func check(
    _ arrays: [String: String], records: (String) -> Bool = { _ in true }
  ) throws -> [String: Tensor] {
    let values = try ReferenceExecutor(graph, parameters: parameters).values(inputs)
    for name in file.names where name.hasPrefix("act.") {
      let module = String(name.dropFirst("act.".count))
      guard records(module) else { continue }
      let last = graph.nodes.lastIndex {
        $0.module == module || $0.module.hasPrefix(module + ".")
      }
      try compare(values[#require(last, "\(path) \(name)")], name)
    }
    let results = try [1, 2, 5].map { try planned(threads: $0) }
    #expect(results[0] == results[1] && results[0] == results[2], "\(path)")
    for (output, array) in arrays {
      let value = try #require(graph.outputs.first { $0.name == output }).value
      try compare(values[value.index], array)
      try compare(#require(results[0][output]), array)
    }
    return results[0]
  }

  private var path: String { file.file ?? "" }

  private func compare(_ found: Tensor, _ name: String) throws {
    let error = relativeError(found, try tensor(name))
    #expect(error <= bound, "\(path) \(name)")
  }

  /// The outputs of a plan, all of whose steps have kernels and whose runs allocate nothing.
  private func planned(threads: Int) throws -> [String: Tensor] {
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: threads))
    let slow = plan.steps.filter { $0.kernel == "reference" }.map(\.name)
    #expect(slow.isEmpty, "\(path) \(slow)")
    let result = try plan.run(inputs)
    if threads == 1 && allocation_counter_works() {
      let before = allocation_count_of_thread()
      try plan.run()
      #expect(allocation_count_of_thread() == before, "\(path)")
    }
    return result
  }
}
