/// DINAR's denoiser against recordings of the released module.
import AllocationCounter
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarDiffusionParityTests {
  /// Float32 against float64 in the same network differs by 1.5e-6 in values of 4.6, 3.3e-7 of them;
  /// ten times that is allowed.
  static let bound: Float = 3.3e-6

  static func file() throws -> NPZFile { try NPZFile(path: Fixtures.path("dinar/unet_case.npz")) }

  static func weights(
    _ choice: DinarDiffusionWeights.Choice = .averaged
  ) throws -> DinarDiffusionWeights {
    try DinarDiffusionWeights(TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt")), choice)
  }

  /// A line of the configuration beside the checkpoint: what no shape tells.
  static func heads() throws -> DinarDiffusionSizes.Heads {
    let text = try String(contentsOfFile: Fixtures.path("dinar/eval.yaml"), encoding: .utf8)
    func number(_ key: String) -> Int? {
      text.split(separator: "\n").lazy
        .map { $0.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) } }
        .first { $0.first == key }.flatMap { Int($0.last ?? "") }
    }
    if let channels = number("num_head_channels"), channels > 0 { return .channels(channels) }
    return .count(try #require(number("num_heads")))
  }

  static func network() throws -> DinarDiffusion {
    DinarDiffusion(try DinarDiffusionSizes(of: weights(), heads: heads()))
  }

  /// A recorded call: its inputs, weights and output.
  struct Call {
    let output: String
    let timesteps: [Float]
    var isRaw = false
    var suffix = ""

    /// `out_t250_731`, `out_rect_t77`, `out_raw_t501`: a timestep each image, or one for all.
    init?(_ name: String) {
      var words = name.split(separator: "_").map(String.init)
      guard words.first == "out" else { return nil }
      output = name
      words.removeFirst()
      if words.first == "raw" {
        isRaw = true
        words.removeFirst()
      }
      if let first = words.first, !first.hasPrefix("t") || Float(first.dropFirst()) == nil {
        suffix = "_" + first
        words.removeFirst()
      }
      timesteps = words.compactMap { Float($0.hasPrefix("t") ? String($0.dropFirst()) : $0) }
      guard !timesteps.isEmpty, timesteps.count == words.count else { return nil }
    }

    func inputs(_ file: NPZFile, _ network: DinarDiffusion) throws -> [String: Tensor] {
      let x = try Tensor(file.tensor("x\(suffix)"))
      let batch = x.shape[0]
      let times = (0..<batch).map { timesteps[min($0, timesteps.count - 1)] }
      return [
        "x": x, "condition": try Tensor(file.tensor("cond\(suffix)")),
        "timestep": TimestepEmbedding.values(times, width: network.sizes.timestepWidth),
      ]
    }
  }

  static func calls(_ file: NPZFile) throws -> [Call] {
    let calls = file.names.compactMap(Call.init)
    try #require(calls.count == file.names.count { $0.hasPrefix("out") } && !calls.isEmpty)
    return calls
  }

  static func graph(_ network: DinarDiffusion, _ x: Tensor) throws -> Graph {
    try network.graph(batch: x.shape[0], height: x.shape[2], width: x.shape[3])
  }

  @Test func recordedCalls() throws {
    let (file, network) = (try Self.file(), try Self.network())
    for call in try Self.calls(file) {
      let inputs = try call.inputs(file, network)
      let graph = try Self.graph(network, #require(inputs["x"]))
      let parameters = try Parameters(
        of: graph, from: Self.weights(call.isRaw ? .trained : .averaged),
        prefix: DinarDiffusion.checkpointPrefix)
      let expected = try Tensor(file.tensor(call.output))
      let slow = try ReferenceExecutor(graph, parameters: parameters).run(inputs)["noise"]
      #expect(try relativeError(#require(slow), expected) < Self.bound, "\(call.output)")
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2))
      let planned = try plan.run(inputs)["noise"]
      #expect(try relativeError(#require(planned), expected) < Self.bound, "\(call.output)")
    }
  }

  /// Of the first image at the first recorded timestep, by reference and by a plan whose results are all of them.
  @Test func recordedActivations() throws {
    let (file, network) = (try Self.file(), try Self.network())
    let call = try #require(Call("out_t501"))
    let inputs = try call.inputs(file, network)
    var graph = try Self.graph(network, #require(inputs["x"]))
    let parameters = try Parameters(
      of: graph, from: Self.weights(), prefix: DinarDiffusion.checkpointPrefix)
    let names = file.names.filter { $0.hasPrefix("act.") }
    try #require(!names.isEmpty)
    let values = try ReferenceExecutor(graph, parameters: parameters).values(inputs)
    var last: [String: Int] = [:]
    for name in names {
      let module = name.dropFirst("act.".count)
      let index = try #require(
        graph.nodes.lastIndex { $0.module == module || $0.module.hasPrefix(module + ".") },
        "\(name)")
      last[name] = index
      graph.output(name, Graph.Value(index: index, shape: graph.nodes[index].shape))
    }
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2))
    let planned = try plan.run(inputs)
    for (name, index) in last {
      let expected = try Tensor(file.tensor(name))
      func first(_ tensor: Tensor) -> Tensor {
        Tensor(shape: expected.shape, Array(tensor.elements.prefix(expected.count)))
      }
      #expect(relativeError(first(values[index]), expected) < Self.bound, "\(name)")
      #expect(try relativeError(first(#require(planned[name])), expected) < Self.bound, "\(name)")
    }
  }

  @Test func threadsChangeNothingAndEveryStepHasAKernel() throws {
    let (file, network) = (try Self.file(), try Self.network())
    let call = try #require(Self.calls(file).first)
    let inputs = try call.inputs(file, network)
    let graph = try Self.graph(network, #require(inputs["x"]))
    let parameters = try Parameters(
      of: graph, from: Self.weights(), prefix: DinarDiffusion.checkpointPrefix)
    let results = try [1, 2, 5].map { threads in
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: threads))
      #expect(plan.steps.filter { $0.kernel == "reference" }.map(\.name).isEmpty)
      return try plan.run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test(.enabled(if: allocation_counter_works())) func runsAllocateNothing() throws {
    let (file, network) = (try Self.file(), try Self.network())
    let x = try Tensor(file.tensor("x"))
    let graph = try Self.graph(network, x)
    let parameters = try Parameters(
      of: graph, from: Self.weights(), prefix: DinarDiffusion.checkpointPrefix)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    try plan.run()
    let before = allocation_count_of_thread()
    try plan.run()
    let count = allocation_count_of_thread() - before
    #expect(count == 0)
  }

  /// Frequencies of single precision are known to 2^-24, arguments to that much of the timestep.
  @Test func timestepEmbeddings() throws {
    let file = try NPZFile(path: Fixtures.path("dinar/timestep_embedding.npz"))
    let timesteps = try Tensor(file.tensor("timesteps")).elements
    let names = file.names.filter { $0.hasPrefix("embedding") }
    try #require(!names.isEmpty)
    for name in names {
      let expected = try Tensor(file.tensor(name))
      let width = expected.shape[1]
      let found = TimestepEmbedding.values(timesteps, width: width)
      try #require(found.shape == expected.shape, "\(name)")
      for index in 0..<found.count {
        let bound = 1.2e-7 + timesteps[index / width] * 0x1p-24
        #expect(abs(found[index] - expected[index]) <= bound, "\(name) \(index)")
      }
    }
  }
}
