/// Strict loading: every fault of a file is listed at once.
import Compute
import Foundation
import TensorFiles
import Testing

@testable import NeuralRender

@Suite struct ParametersTests {
  private static func graph() throws -> Graph {
    var graph = Graph()
    try graph.module("start") { graph in
      let x = graph.input("x", shape: [1, 2, 4, 4])
      let w = try graph.parameter("weight", shape: [3, 2, 1, 1])
      let b = try graph.parameter("bias", shape: [3])
      graph.leaveUnread("num_batches_tracked")
      graph.output("y", try graph.convolution(x, weight: w, bias: b))
    }
    return graph
  }

  private static let weight = Tensor(shape: [3, 2, 1, 1], [1, 0, 0, 1, 1, 1])
  private static let bias = Tensor(shape: [3], [0, 0, 10])

  @Test func loadsUnderAPrefix() throws {
    let source = [
      "net.start.weight": Self.weight, "net.start.bias": Self.bias,
      "net.start.num_batches_tracked": Tensor(3), "other.weight": Tensor(1),
    ]
    let graph = try Self.graph()
    let parameters = try Parameters(of: graph, from: source, prefix: "net.")
    #expect(parameters.keys == ["start.bias", "start.weight"])
    let x = Tensor(shape: [1, 2, 4, 4], (0..<32).map(Float.init))
    let y = try #require(try ReferenceExecutor(graph, parameters: parameters).run(["x": x])["y"])
    #expect(y.elements == x.elements + (0..<16).map { Float(2 * $0 + 26) })
  }

  /// Weights of a file are read when they are asked for, where they lie if they can be used there, and are
  /// checked then.
  @Test func readsWhenItIsAsked() throws {
    let path = NSTemporaryDirectory() + "parameters-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func parameters(_ bias: [Float]) throws -> Parameters {
      try? FileManager.default.removeItem(atPath: path)
      try SafetensorsFile.write(
        [
          ("start.bias", TensorData(shape: [3], floats: bias)),
          ("start.weight", TensorData(shape: [3, 2, 1, 1], floats: Self.weight.elements)),
        ], metadata: [:], to: path)
      return try Parameters(of: Self.graph(), from: SafetensorsFile(path: path), isHeld: false)
    }
    let good = try parameters([0, 0, 10])
    #expect(try good.tensor("start.weight") == Self.weight)
    #expect(try good.tensor("start.bias") == Self.bias)
    #expect(try good.tensor("other") == nil)
    let bad = try parameters([0, .nan, 10])
    #expect(try bad.tensor("start.weight") == Self.weight)
    #expect { _ = try bad.tensor("start.bias") } throws: { "\($0)".contains("not finite") }
  }

  @Test func listsEveryFault() throws {
    let source = [
      "start.weight": Tensor(shape: [3, 2, 3, 3]), "start.scale": Tensor(1), "end": Tensor(1),
    ]
    #expect {
      _ = try Parameters(of: Self.graph(), from: source)
    } throws: {
      "\($0)" == "the parameters are not this network's (found missing: start.bias; "
        + "unknown: end, start.scale; wrong shape: start.weight [3, 2, 3, 3] for [3, 2, 1, 1])"
    }
  }

  @Test func saysThatAPrefixDoesNotOccur() throws {
    #expect {
      _ = try Parameters(of: Self.graph(), from: ["a": Tensor(1)], prefix: "net.")
    } throws: {
      "\($0)".hasSuffix("hint: nothing in the file begins with \"net.\"")
    }
  }

  @Test func runsOnlyWithItsInputsAndParameters() throws {
    let graph = try Self.graph()
    let loaded = ReferenceExecutor(
      graph, parameters: Parameters(["start.weight": Self.weight, "start.bias": Self.bias]))
    func message(_ executor: ReferenceExecutor, _ inputs: [String: Tensor]) -> String {
      do {
        _ = try executor.run(inputs)
        return ""
      } catch { return "\(error)" }
    }
    let x = Tensor(shape: [1, 2, 4, 4])
    #expect(message(loaded, ["x": x]).isEmpty)
    #expect(message(loaded, [:]).contains("[x] an input of the network is missing"))
    #expect(message(loaded, ["x": x, "z": x]).contains("[z] the network has no such input"))
    #expect(
      message(loaded, ["x": Tensor(shape: [1, 2, 4, 5])])
        .contains("another size of input (expected [1, 2, 4, 4], found [1, 2, 4, 5])"))
    #expect(
      message(ReferenceExecutor(graph), ["x": x])
        .contains("[start.weight] a parameter of the network was not loaded"))
  }
}
