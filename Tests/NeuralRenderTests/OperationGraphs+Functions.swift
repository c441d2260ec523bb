/// Activations, resizing, rearrangements and losses of the golden cases.
import Compute
import NeuralRender
import Testing

extension OperationGraphs {
  static func activation(
    _ c: OperationCase, _ g: inout Graph, _ x: Graph.Value, bias: Graph.Value?
  ) throws -> Graph.Value {
    if let bias { return try g.fusedLeakyReLU(x, bias: bias) }
    let functions: [String: Elementwise.Function] = [
      "relu": .leakyReLU(slope: 0, gain: 1), "leaky_relu_0.2": .leakyReLU(slope: 0.2, gain: 1),
      "scaled_leaky_relu_0.2_sqrt2": .leakyReLU(slope: 0.2, gain: Float(2).squareRoot()),
      "silu": .silu, "gelu_erf": .gelu(approximate: false),
      "gelu_tanh": .gelu(approximate: true), "tanh": .tanh, "sigmoid": .sigmoid,
      "softplus": .softplus, "exp": .exp, "log": .log, "abs": .absolute, "square": .square,
      "sqrt": .squareRoot, "rsqrt": .reciprocalSquareRoot,
      "clamp": .clamp(c.float("lo")...max(c.float("lo"), c.float("hi"))),
    ]
    return try g.elementwise(x, #require(functions[c.text("op")], "\(c.text("op"))"))
  }

  static func resize(
    _ c: OperationCase, _ g: inout Graph, _ x: Graph.Value
  ) throws -> Graph.Value {
    let size = c.options["size"] as? [Int] ?? Array((c.options["output"] as? [Int] ?? [])[2...])
    var step: Double?
    if let factor = c.double("scale_factor"), !c.flag("recompute_scale_factor") {
      step = 1 / factor
    }
    if c.operation == "resize_nearest" {
      return try g.apply(
        NearestResize(
          height: size[0], width: size[1], step: step.map { SIMD2(repeating: Float($0)) }),
        to: [x])
    }
    return try g.apply(
      BilinearResize(
        height: size[0], width: size[1], alignsCorners: c.flag("align_corners"),
        step: step.map { SIMD2(repeating: $0) }), to: [x])
  }

  static func rearranged(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Graph.Value {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    switch c.text("op") {
    case "cat":
      return try g.concatenate(v.sorted { $0.key < $1.key }.map(\.value), axis: c.int("axis"))
    case "slice":
      let ranges = try #require(c.options["slices"] as? [[Int]])
      return try g.slice(input("x"), ranges.map { Slice.Range($0[0], $0[1], step: $0[2]) })
    case "scale_shift":
      let x = try input("x")
      let stretched = x.shape[..<2] + [1, 1]
      let factor = try g.affine(g.reshape(input("s"), Array(stretched)), offset: 1)
      return try g.add(g.multiply(x, factor), g.reshape(input("t"), Array(stretched)))
    case "mul_broadcast": return try g.multiply(input("x"), input("m"))
    case "div_broadcast":
      // The divisor (1, C, 1) is not recorded; the first column of the result gives it.
      let (x, quotient) = (try #require(c.inputs["x"]), try #require(c.recorded["y"]))
      let (channels, width) = (x.shape[1], x.shape[2])
      let divisor = (0..<channels).map { x[$0 * width] / quotient[$0 * width] }
      return try g.divide(
        input("x"), g.constant(Tensor(shape: [1, channels, 1], divisor)))
    case "blend": return try g.blend(input("a"), input("b"), mask: input("m"))
    case "nchw_to_tokens":
      let x = try input("x")
      return try g.reshape(
        g.transpose(x, [0, 2, 3, 1]), [x.shape[0] * x.shape[2] * x.shape[3], x.shape[1]])
    case "pad_zeros", "pad_reflect", "pad_replicate":
      return try g.pad(input("x"), c.padding("pad", String(c.text("op").dropFirst(4))))
    case "repeat": return try g.repeated(input("x"), c.ints("reps"))
    case "glu":
      let x = try input("x")
      let half = x.shape[1] / 2
      return try g.multiply(
        g.channels(x, 0..<half), g.sigmoid(g.channels(x, half..<2 * half)))
    default:
      Issue.record("no graph for \(c.text("op"))")
      return try input("x")
    }
  }

  static func loss(_ c: OperationCase, _ g: inout Graph, _ v: Values) throws -> Graph.Value {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    // NumPy archives hold scalars as vectors of one.
    let scalar = try #require(c.recorded["y"]).shape
    func mean(_ x: Graph.Value) throws -> Graph.Value {
      try g.reshape(g.reduce(x, .mean, axes: Array(x.shape.indices)), scalar)
    }
    func softplus(_ x: Graph.Value, sign: Float) throws -> Graph.Value {
      try g.elementwise(g.affine(x, scale: sign), .softplus)
    }
    switch c.text("op") {
    case "l1_mean":
      return try mean(g.elementwise(g.subtract(input("a"), input("b")), .absolute))
    case "mse_mean": return try mean(g.elementwise(g.subtract(input("a"), input("b")), .square))
    case "generator_nonsaturating", "bce_logits_target1":
      return try mean(softplus(input("x"), sign: -1))
    case "bce_logits_target0": return try mean(softplus(input("x"), sign: 1))
    case "discriminator_logistic":
      return try g.add(
        mean(softplus(input("r"), sign: -1)), mean(softplus(input("f"), sign: 1)))
    case "hinge_real": return try mean(g.relu(g.affine(input("x"), scale: -1, offset: 1)))
    case "hinge_fake": return try mean(g.relu(g.affine(input("x"), offset: 1)))
    default:
      Issue.record("no graph for \(c.text("op"))")
      return try input("x")
    }
  }
}
