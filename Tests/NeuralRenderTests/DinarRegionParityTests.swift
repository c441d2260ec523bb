/// Recorded inputs of DINAR's renderer, computed in part.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarRegionParityTests {
  /// The empty frame of DINAR: no surface at any pixel.
  static let empty: [(name: String, value: Float)] = [("uv", -10), ("uv_mask", 0)]

  /// Bit for bit the whole frame, image after image of each recorded case.
  @Test func recordedCasesAreRightInPart() throws {
    let weights = try DinarRendererParityTests.weights()
    let renderer = DinarRenderer(try DinarRendererSizes(of: weights))
    var parts = 0
    for path in try Fixtures.files(in: "dinar", prefix: "renderer_case", suffix: ".npz") {
      let file = try NPZFile(path: path)
      func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }
      let (uv, texture) = (try tensor("uv"), try tensor("ntexture"))
      let hasBackground = file.contains("background")
      let graph = try renderer.frameGraph(
        height: uv.shape[2], width: uv.shape[3], texture: (texture.shape[2], texture.shape[3]),
        composition: DinarComposition(
          addsUVMask: try tensor("hardsegm")[0] != 0, hasBackground: hasBackground,
          threshold: try tensor("segm_threshold")[0],
          isExponential: try tensor("exponential_transparency")[0] != 0))
      // Loading is strict: all graphs that share the weights.
      let preprocessing = try renderer.textureGraph(
        height: texture.shape[2], width: texture.shape[3])
      let parameters = try Parameters(
        of: preprocessing, graph, from: weights, prefix: DinarRenderer.checkpointPrefix)
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2))
      func map(_ name: String) throws -> FeatureMap { try #require(plan.input(name)) }
      for image in 0..<uv.shape[0] {
        try map("texture").write(texture, image: image)
        if hasBackground { try map("background").write(tensor("background"), image: image) }
        for (name, value) in Self.empty {
          let map = try map(name)
          map.base.update(repeating: value, count: map.height * map.rowStride)
        }
        try plan.recordEmptyFrame(
          changing: Self.empty.map(\.name), everywhere: hasBackground ? ["background"] : [])
        var changed = PixelSet(height: uv.shape[2], width: uv.shape[3])
        for (name, value) in Self.empty {
          let map = try map(name)
          try map.write(tensor(name), image: image)
          var some = PixelSet(height: map.height, width: map.width)
          some.assign(
            pixelsOf: map, differingFrom: Array(repeating: value, count: map.channels))
          changed.formUnion(some)
        }
        try plan.run()
        let whole = try outputs(of: plan)
        try plan.run(changed: changed)
        #expect(try outputs(of: plan) == whole, "\(path) image \(image)")
        if !changed.isEmpty && changed.count < changed.height * changed.width { parts += 1 }
      }
    }
    #expect(parts > 0, "no recorded image is drawn in part")
  }

  private func outputs(of plan: Plan) throws -> [[UInt32]] {
    try ["rgb", "segm"].map { name in
      let map = try #require(plan.output(name))
      return (0..<map.height * map.width).flatMap { pixel in
        (0..<map.channels).map {
          map.pixel(pixel / map.width, pixel % map.width)[$0].bitPattern
        }
      }
    }
  }
}
