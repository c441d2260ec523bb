/// Graph operations against recordings of DINAR's own layers (`fixtures/dinar/ops.npz`).
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct DinarOperationParityTests {
  /// The file's tensors and a graph whose constants they become.
  private struct Recording {
    let file: NPZFile
    var graph = Graph()

    init() throws { file = try NPZFile(path: Fixtures.path("dinar/ops.npz")) }

    mutating func value(_ name: String) throws -> Graph.Value {
      graph.constant(try Tensor(file.tensor(name)))
    }

    /// Evaluates what `body` builds and compares it with a recorded tensor.
    func check(
      _ name: String, bound: Float = 1e-5,
      _ body: (inout Recording) throws -> Graph.Value
    ) throws {
      var copy = self
      copy.graph.output("y", try body(&copy))
      let found = try #require(try ReferenceExecutor(copy.graph).run([:])["y"])
      #expect(relativeError(found, try Tensor(file.tensor(name))) <= bound, "\(name)")
    }
  }

  @Test func filters() throws {
    let recording = try Recording()
    try recording.check("fused_lrelu_out") {
      try $0.graph.fusedLeakyReLU($0.value("x"), bias: $0.value("fused_lrelu_bias"))
    }
    let names = recording.file.names.filter { $0.hasPrefix("upfirdn_") && $0.hasSuffix("_cfg") }
    try #require(!names.isEmpty)
    for name in names {
      let options = try recording.file.tensor(name).ints()
      try recording.check(String(name.dropLast("cfg".count)) + "out") {
        try $0.graph.upFIRDown(
          $0.value("x"), kernel: $0.value("fir_kernel"), up: options[0], down: options[1],
          before: options[2], after: options[3])
      }
    }
  }

  @Test(arguments: ["plain", "up", "down", "nodemod", "k1"])
  func modulatedConvolution(kind: String) throws {
    let key = "modconv_\(kind)"
    try Recording().check("\(key)_out", bound: 2e-5) { r in
      var x = try r.value("x")
      let weight = try r.value("\(key)_weight")
      let modulation = try r.value("\(key)_mod_weight")
      let scale = 1 / Float(modulation.shape[1]).squareRoot()
      let styles = try r.graph.linear(
        r.value("\(key)_style"), weight: r.graph.affine(modulation, scale: scale),
        bias: r.value("\(key)_mod_bias"))
      if kind == "down" {
        let kernel = OperationGraphs.blurKernel(&r.graph, gain: 1)
        x = try r.graph.upFIRDown(x, kernel: kernel, before: 2, after: 2)
      }
      let resampling: [String: ModulatedConvolution.Resampling] = ["up": .up, "down": .down]
      x = try r.graph.modulatedConvolution(
        x, weight: r.graph.reshape(weight, Array(weight.shape.dropFirst())), styles: styles,
        demodulates: kind != "nodemod" && kind != "k1", resampling: resampling[kind, default: .same]
      )
      guard kind == "up" else { return x }
      let kernel = OperationGraphs.blurKernel(&r.graph, gain: 4)
      return try r.graph.upFIRDown(x, kernel: kernel, before: 1, after: 1)
    }
  }

  @Test func convolutions() throws {
    let recording = try Recording()
    for (index, mode) in [Padding.Mode.zeros, .replicate].enumerated() {
      let key = "equalconv_rep\(index)"
      try recording.check("\(key)_out") { r in
        let weight = try r.value("\(key)_weight")
        let scale = 0.01 / Float(weight.shape.dropFirst().reduce(1, *)).squareRoot()
        return try r.graph.convolution(
          r.value("x"), weight: r.graph.affine(weight, scale: scale),
          bias: r.graph.affine(r.value("\(key)_bias"), scale: 0.01), stride: 2,
          padding: Padding(1, mode))
      }
    }
    try recording.check("conv_asym_stride2") {
      try $0.graph.convolution(
        $0.value("x"), weight: $0.value("conv_asym_weight"), stride: 2,
        padding: Padding(left: 0, right: 1, top: 0, bottom: 1))
    }
    try recording.check("reflect_pad3", bound: 0) {
      try $0.graph.pad($0.value("x"), Padding(3, .reflect))
    }
  }

  @Test func sampling() throws {
    let recording = try Recording()
    for (name, aligned) in [("aligned", true), ("unaligned", false)] {
      try recording.check("grid_sample_zeros_\(name)", bound: 2e-5) {
        try $0.graph.gridSample($0.value("x"), grid: $0.value("grid"), alignsCorners: aligned)
      }
    }
    try recording.check("upsample_bilinear2") { try $0.graph.doubledBilinear($0.value("x")) }
    try recording.check("upsample_nearest2", bound: 0) {
      try $0.graph.doubledNearest($0.value("x"))
    }
    let size = try recording.file.header("nearest_to_4x5").shape
    try recording.check("nearest_to_4x5", bound: 0) {
      try $0.graph.nearestResize($0.value("x"), height: size[2], width: size[3])
    }
  }

  @Test func normalizationAndAttention() throws {
    let recording = try Recording()
    // The U-Net has 8 groups and 1e-5; the small recording has both epsilons with its own groups.
    // Recorded in float32 of values near 3 with a deviation of 0.01: an ulp of 3 is 2.4e-5 of that.
    for (name, epsilon) in [("gn_eps1e6", Float(1e-6)), ("gn_eps1e5", 1e-5)] {
      try recording.check(name, bound: 2.4e-5) {
        try $0.graph.groupNormalization(
          $0.value("gn_x"), groups: 4, affine: ($0.value("gn_weight"), $0.value("gn_bias")),
          epsilon: epsilon)
      }
    }
    try recording.check("qkv_heads2_out") {
      try $0.graph.attention($0.value("qkv"), heads: 2)
    }
  }
}
