/// Graph operations against recordings of DINAR's own layers (`fixtures/dinar/ops.npz`). Options are
/// read from the names of the arrays, sizes from their shapes.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarOperationParityTests {
  /// The file's tensors and a graph whose constants they become.
  private struct Recording {
    let file: NPZFile
    var graph = Graph()

    /// What stands between `start` and `end` in the names of arrays; at least one has both.
    func kinds(_ start: String, _ end: String = "") throws -> [String] {
      let found = file.names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }
        .map { String($0.dropFirst(start.count).dropLast(end.count)) }
      try #require(!found.isEmpty, "\(start)...\(end)")
      return found.sorted()
    }

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
    for kind in try recording.kinds("upfirdn_", "_cfg") {
      let options = try recording.file.tensor("upfirdn_\(kind)_cfg").ints()
      try #require(options.count == 4)
      try recording.check("upfirdn_\(kind)_out") {
        try $0.graph.upFIRDown(
          $0.value("x"), kernel: $0.value("fir_kernel"), up: options[0], down: options[1],
          before: options[2], after: options[3])
      }
    }
  }

  @Test func modulatedConvolutions() throws {
    for kind in try Recording().kinds("modconv_", "_out") { try modulatedConvolution(kind) }
  }

  /// Plain, `up`, `down`, `nodemod` (no demodulation) or `k1` (1 x 1, no demodulation).
  private func modulatedConvolution(_ kind: String) throws {
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
    for kind in try recording.kinds("equalconv_rep", "_out") {
      let key = "equalconv_rep\(kind)"
      let mode: Padding.Mode = kind == "0" ? .zeros : .replicate
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
    for kind in try recording.kinds("reflect_pad") {
      let padding = Padding(try #require(Int(kind)), .reflect)
      try recording.check("reflect_pad\(kind)", bound: 0) {
        try $0.graph.pad($0.value("x"), padding)
      }
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
    for kind in try recording.kinds("nearest_to_") {
      let size = try recording.file.header("nearest_to_\(kind)").shape
      try recording.check("nearest_to_\(kind)", bound: 0) {
        try $0.graph.nearestResize($0.value("x"), height: size[2], width: size[3])
      }
    }
  }

  @Test func normalizationAndAttention() throws {
    let recording = try Recording()
    // Recorded in float32 of values near 3 with a deviation of 0.01: an ulp of 3 is 2.4e-5 of that.
    for kind in try recording.kinds("gn_eps1e") {
      let epsilon = try #require(Float("1e-\(kind)"))
      let groups = try groupCount("gn_eps1e\(kind)", recording)
      try recording.check("gn_eps1e\(kind)", bound: 2.4e-5) {
        try $0.graph.groupNormalization(
          $0.value("gn_x"), groups: groups, affine: ($0.value("gn_weight"), $0.value("gn_bias")),
          epsilon: epsilon)
      }
    }
    for kind in try recording.kinds("qkv_heads", "_out") {
      let heads = try #require(Int(kind))
      try recording.check("qkv_heads\(kind)_out") {
        try $0.graph.attention($0.value("qkv"), heads: heads)
      }
    }
  }

  /// How many groups a recorded normalisation had: the most whose own means all vanish once weight
  /// and bias are taken back.
  private func groupCount(_ name: String, _ recording: Recording) throws -> Int {
    func tensor(_ name: String) throws -> Tensor { try Tensor(recording.file.tensor(name)) }
    let (y, weight, bias) = (try tensor(name), try tensor("gn_weight"), try tensor("gn_bias"))
    let (images, channels) = (y.shape[0], y.shape[1])
    let size = y.count / (images * channels)
    let means = (0..<images * channels).map { plane in
      let channel = plane % channels
      return (0..<size).reduce(0.0) {
        $0 + Double((y[plane * size + $1] - bias[channel]) / weight[channel])
      } / Double(size)
    }
    let counts = (1...channels).reversed().filter { channels % $0 == 0 }
    return try #require(
      counts.first { count in
        stride(from: 0, to: means.count, by: channels / count).allSatisfy { first in
          abs(means[first..<first + channels / count].reduce(0, +)) < 1e-3
        }
      }, "\(name) is normalised over no groups")
  }
}
