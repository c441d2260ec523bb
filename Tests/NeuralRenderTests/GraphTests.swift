/// Building graphs: shapes, keys and what errors say.
import Compute
import Testing

@testable import NeuralRender

@Suite struct GraphTests {
  @Test func parametersHaveTheKeysOfTheirModules() throws {
    var graph = Graph()
    let values = try graph.module("model") { graph in
      try graph.module("0") { graph in
        graph.leaveUnread("num_batches_tracked")
        return try [
          graph.parameter("weight", shape: [3]), graph.parameter("weight", shape: [3]),
        ]
      }
    }
    #expect(values[0] == values[1])
    #expect(graph.parameters.map(\.key) == ["model.0.weight"])
    #expect(graph.unreadKeys == ["model.0.num_batches_tracked"])
    #expect(graph.nodes[values[0].index].module == "model.0")
  }

  @Test func oneKeyHasOneShape() throws {
    var graph = Graph()
    _ = try graph.parameter("weight", shape: [3])
    #expect {
      _ = try graph.parameter("weight", shape: [4])
    } throws: {
      "\($0)" == "[weight] a parameter is read with two shapes (expected [3], found [4])"
    }
  }
}
