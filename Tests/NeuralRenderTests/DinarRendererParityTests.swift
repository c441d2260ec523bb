/// DINAR's renderer against recordings of the released modules.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarRendererParityTests {
  /// Float32 against float64 in the same network differs by 1e-6; ten times that is allowed.
  static let bound: Float = 1e-5
  /// The exponential rule's slopes of 20 and 70 raise it to 1e-5; ten and, for the mask, thirty times.
  static let exponentialBounds: (rgb: Float, segm: Float) = (1e-4, 3e-4)

  @Test func recordedCases() throws {
    let weights = try Self.weights()
    let renderer = DinarRenderer(try DinarRendererSizes(of: weights))
    for path in try Fixtures.files(in: "dinar", prefix: "renderer_case", suffix: ".npz") {
      try Self.check(path, renderer, weights)
    }
  }

  private static func check(
    _ path: String, _ renderer: DinarRenderer, _ weights: some NamedArrays
  ) throws {
    let file = try NPZFile(path: path)
    func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }
    let hasBackground = file.contains("background")
    let composition = DinarComposition(
      addsUVMask: try tensor("hardsegm")[0] != 0, hasBackground: hasBackground,
      threshold: try tensor("segm_threshold")[0],
      isExponential: try tensor("exponential_transparency")[0] != 0)
    let (uv, texture) = (try tensor("uv"), try tensor("ntexture"))
    let size = (height: texture.shape[2], width: texture.shape[3])
    let first = try renderer.textureGraph(
      batch: texture.shape[0], height: size.height, width: size.width)
    let frame = try renderer.frameGraph(
      batch: uv.shape[0], height: uv.shape[2], width: uv.shape[3], texture: size,
      composition: composition)
    let parameters = try Parameters(
      of: first, frame, from: weights, prefix: DinarRenderer.checkpointPrefix)

    let prepared = try ReferenceExecutor(first, parameters: parameters).values(["texture": texture])
    var inputs = ["uv": uv, "uv_mask": try tensor("uv_mask")]
    inputs["texture"] = prepared[first.outputs[0].value.index]
    if hasBackground { inputs["background"] = try tensor("background") }
    let values = try ReferenceExecutor(frame, parameters: parameters).values(inputs)

    func compare(_ name: String, _ found: Tensor?, _ bound: Float) throws {
      let found = try #require(found, "\(path) \(name)")
      let error = relativeError(found, try tensor(name))
      #expect(error <= bound, "\(path) \(name)")
    }
    for name in file.names where name.hasPrefix("act.") {
      let module = String(name.dropFirst("act.".count))
      let found =
        last(of: module, in: first).map { prepared[$0] }
        ?? last(of: module, in: frame).map { values[$0] }
      try compare(name, found, Self.bound)
    }
    let isSteep = hasBackground && composition.isExponential && composition.threshold != 0
    let pool = WorkerPool(threads: 2)
    let plans = (
      try Plan(first, parameters: parameters, pool: pool),
      try Plan(frame, parameters: parameters, pool: pool)
    )
    inputs["texture"] = try plans.0.run(["texture": texture])[first.outputs[0].name]
    let planned = try plans.1.run(inputs)
    for (name, value) in frame.outputs {
      let steep = name == "rgb" ? exponentialBounds.rgb : exponentialBounds.segm
      try compare("fake_\(name)", values[value.index], isSteep ? steep : bound)
      try compare("fake_\(name)", planned[name], isSteep ? steep : bound)
    }
  }

  /// The last operation of a module or of the modules in it: what the module returns.
  private static func last(of module: String, in graph: Graph) -> Int? {
    graph.nodes.lastIndex {
      $0.module == module || $0.module.hasPrefix(module + ".")
    }
  }

  @Test func legacyFileHoldsTheSameWeights() throws {
    let (weights, legacy) = (
      try Self.weights(), try TorchCheckpoint(path: Fixtures.path("dinar/legacy.ckpt"))
    )
    let renderer = DinarRenderer(try DinarRendererSizes(of: legacy))
    let graphs = (
      try renderer.textureGraph(height: 8, width: 8),
      try renderer.frameGraph(
        height: 32, width: 32, texture: nil, composition: DinarComposition())
    )
    let (one, other) = (
      try Parameters(
        of: graphs.0, graphs.1, from: weights, prefix: DinarRenderer.checkpointPrefix),
      try Parameters(of: graphs.0, graphs.1, from: legacy, prefix: DinarRenderer.checkpointPrefix)
    )
    #expect(!one.keys.isEmpty && one.keys == other.keys)
    for key in one.keys { #expect(one[key] == other[key], "\(key)") }
  }

  @Test func samplingBeforehandIsTheSame() throws {
    let weights = try Self.weights()
    let renderer = DinarRenderer(try DinarRendererSizes(of: weights))
    let path = try Fixtures.files(in: "dinar", prefix: "renderer_case", suffix: ".npz")[0]
    let file = try NPZFile(path: path)
    let (uv, texture) = (try Tensor(file.tensor("uv")), try Tensor(file.tensor("ntexture")))
    let composition = DinarComposition(hasBackground: false)
    var outputs: [[String: Tensor]] = []
    for sampled in [false, true] {
      let graph = try renderer.frameGraph(
        batch: uv.shape[0], height: uv.shape[2], width: uv.shape[3],
        texture: sampled ? nil : (texture.shape[2], texture.shape[3]), composition: composition)
      let first = try renderer.textureGraph(height: texture.shape[2], width: texture.shape[3])
      let parameters = try Parameters(
        of: first, graph, from: weights, prefix: DinarRenderer.checkpointPrefix)
      var inputs = ["uv": uv, "uv_mask": try Tensor(file.tensor("uv_mask"))]
      if sampled {
        let grid = Transpose([0, 2, 3, 1]).reference([uv])
        inputs["sampled"] = GridSample(alignsCorners: true).reference([texture, grid])
      } else {
        inputs["texture"] = texture
      }
      outputs.append(try ReferenceExecutor(graph, parameters: parameters).run(inputs))
    }
    #expect(outputs[0] == outputs[1])
  }
}

extension DinarRendererParityTests {
  /// The weights of the recorded networks.
  static func weights() throws -> TorchCheckpoint {
    try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
  }
}
