/// Layers of several nodes in the golden cases: style convolutions, attention blocks, small networks.
import Compute
import NeuralRender
import Testing

extension OperationGraphs {
  static func batchNormalizationInTraining(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Values {
    let x = try #require(v["x"])
    let axes = x.shape.indices.filter { $0 != 1 }
    let mean = try g.reduce(x, .mean, axes: axes)
    let variance = try g.reduce(x, .variance, axes: axes)
    let scale = try g.elementwise(
      g.affine(variance, offset: c.float("eps")), .reciprocalSquareRoot)
    let normal = try g.multiply(g.subtract(x, mean), scale)
    let momentum = c.float("momentum")
    func running(_ name: String, _ new: Graph.Value) throws -> Graph.Value {
      let old = g.constant(try #require(c.recorded[name]))
      return try g.add(
        g.affine(old, scale: 1 - momentum),
        g.affine(g.reshape(new, old.shape), scale: momentum))
    }
    var y = normal
    if let weight = v["w"], let bias = v["b"] {
      let rank = x.shape.count
      y = try g.add(
        g.multiply(normal, g.perChannel(weight, rank: rank)), g.perChannel(bias, rank: rank))
    }
    let unbiased = try g.reduce(x, .unbiasedVariance, axes: axes)
    return [
      "y": y,
      "running_mean_after": try running("running_mean", mean),
      "running_var_after": try running("running_var", unbiased),
    ]
  }

  static func attentionBlock(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Graph.Value {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    func filter(_ name: String) throws -> Graph.Value {
      try g.reshape(input(name), input(name).shape + [1, 1])
    }
    let x = try input("x")
    let flat = [x.shape[0], 3 * x.shape[1], x.shape[2] * x.shape[3]]
    let normal = try g.groupNormalization(
      x, groups: c.int("groups"), affine: (input("gn_w"), input("gn_b")), epsilon: c.float("eps"))
    let qkv = try g.convolution(normal, weight: filter("qkv_w"), bias: input("qkv_b"))
    let seen = try g.attention(g.reshape(qkv, flat), heads: c.int("heads"))
    let projected = try g.convolution(
      g.reshape(seen, x.shape), weight: filter("proj_w"), bias: input("proj_b"))
    return try g.add(x, projected)
  }

  /// The kernel outer([1, 3, 3, 1]) / 64 times a gain.
  static func blurKernel(_ g: inout Graph, gain: Float) -> Graph.Value {
    let taps: [Float] = [1, 3, 3, 1]
    return g.constant(
      Tensor(shape: [4, 4], taps.flatMap { a in taps.map { a * $0 * gain / 64 } }))
  }

  static func modulated(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Graph.Value {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    var x = try input("x")
    let styles = try equalLinear(
      &g, input("style"), weight: input("mod_w"), bias: input("mod_b"), learningRate: 1)
    let demodulates = c.flag("demodulate")
    if c.flag("down") {
      x = try g.upFIRDown(x, kernel: blurKernel(&g, gain: 1), before: 2, after: 2)
      return try g.modulatedConvolution(
        x, weight: input("w"), styles: styles, demodulates: demodulates, resampling: .down)
    }
    x = try g.modulatedConvolution(
      x, weight: input("w"), styles: styles, demodulates: demodulates,
      resampling: c.flag("up") ? .up : .same)
    guard c.flag("up") else { return x }
    return try g.upFIRDown(x, kernel: blurKernel(&g, gain: 4), before: 1, after: 1)
  }

  static func equalLinear(
    _ g: inout Graph, _ x: Graph.Value, weight: Graph.Value, bias: Graph.Value,
    learningRate: Float
  ) throws -> Graph.Value {
    let scale = learningRate / Float(weight.shape[1]).squareRoot()
    return try g.linear(
      x, weight: g.affine(weight, scale: scale), bias: g.affine(bias, scale: learningRate))
  }

  static func equalized(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Graph.Value {
    let (x, w, b) = (try #require(v["x"]), try #require(v["w"]), try #require(v["b"]))
    let learningRate = c.float("lr_mul")
    if c.text("op") == "equal_conv2d" {
      let scale = learningRate / Float(w.shape.dropFirst().reduce(1, *)).squareRoot()
      return try g.convolution(
        x, weight: g.affine(w, scale: scale), bias: g.affine(b, scale: learningRate),
        stride: c.int("stride", default: 1), padding: Padding(c.int("padding")))
    }
    let y = try equalLinear(&g, x, weight: w, bias: b, learningRate: learningRate)
    guard c.text("activation") == "fused_lrelu" else { return y }
    return try g.leakyReLU(y, slope: 0.2, gain: Float(2).squareRoot())
  }

  /// The networks whose second derivatives are recorded; here only their outputs.
  static func smallNetwork(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Values {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    let gain = Float(2).squareRoot()
    var x = try input("x")
    switch c.operation {
    case "second_order_r1":
      x = try g.convolution(x, weight: input("w1"), bias: input("b1"), padding: Padding(1))
      x = try g.leakyReLU(x, slope: 0.2, gain: gain)
      x = try g.upFIRDown(x, kernel: blurKernel(&g, gain: 1), before: 2, after: 2)
      x = try g.convolution(x, weight: input("w2"), bias: input("b2"), stride: 2)
      x = try g.leakyReLU(x, slope: 0.2, gain: gain)
      x = try g.reshape(x, [x.shape[0], x.shape.dropFirst().reduce(1, *)])
      return ["score": try g.linear(x, weight: input("wl"), bias: input("bl"))]
    case "second_order_wgan_gp":
      x = try g.convolution(
        x, weight: input("w1"), bias: input("b1"), stride: 2, padding: Padding(1))
      x = try g.leakyReLU(g.instanceNormalization(x), slope: 0.2)
      return ["score": try g.convolution(x, weight: input("w2"), padding: Padding(1))]
    default:
      x = try g.tanh(g.linear(x, weight: input("w1"), bias: input("b1")))
      x = try g.groupNormalization(x, groups: 2, affine: (input("gw"), input("gb")))
      return ["y": try g.linear(g.silu(x), weight: input("w2"))]
    }
  }
}
