/// Activations, resizing, rearrangements and losses of the golden cases.
import Compute
import NeuralRender
import Testing

extension OperationGraphs {
  static func activation(
    _ c: OperationCase, _ g: inout Graph, _ x: Graph.Value, bias: Graph.Value?
  ) throws -> Graph.Value {
    if let bias { return try g.fusedLeakyReLU(x, bias: bias) }
    // "leaky_relu_0.2", "scaled_leaky_relu_0.2_sqrt2"
    if let slope = c.text("op").split(separator: "_").compactMap({ Float($0) }).first {
      let gain = c.text("op").hasSuffix("_sqrt2") ? Float(2).squareRoot() : 1
      return try g.leakyReLU(x, slope: slope, gain: gain)
    }
    let functions: [String: Elementwise.Function] = [
      "relu": .leakyReLU(slope: 0, gain: 1),
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
    let size = try c.options["size"] as? [Int] ?? #require(c.recorded["y"]).shape.suffix(2)
    try #require(size.count == 2)
    // One factor for both axes, or one each.
    let factors =
      c.options["scale_factor"] as? [Double] ?? c.double("scale_factor").map { [$0, $0] }
    var step: SIMD2<Double>?
    if let factors, !c.flag("recompute_scale_factor") {
      step = SIMD2(1 / factors[0], 1 / factors[1])
    }
    if c.operation == "resize_nearest" {
      return try g.apply(
        NearestResize(height: size[0], width: size[1], step: step.map { SIMD2<Float>($0) }),
        to: [x])
    }
    return try g.apply(
      BilinearResize(
        height: size[0], width: size[1], alignsCorners: c.flag("align_corners"),
        step: step), to: [x])
  }

  static func rearranged(
    _ c: OperationCase, _ g: inout Graph, _ v: Values
  ) throws -> Graph.Value {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    switch c.text("op") {
    case "cat":
      let parts = v.sorted { $0.key < $1.key }.map(\.value)
      let rank = try #require(parts.first).shape.count
      return try g.concatenate(parts, axis: c.axis("axis", rank: rank))
    case "slice":
      let ranges = try #require(c.options["slices"] as? [[Int]])
      let x = try input("x")
      return try g.slice(
        x,
        zip(ranges, x.shape).map { range, extent in
          // Ends count from the last where they are negative.
          let ends = range.prefix(2).map { $0 < 0 ? $0 + extent : $0 }
          return Slice.Range(ends[0], ends[1], step: range.count > 2 ? range[2] : 1)
        })
    case "scale_shift":
      let x = try input("x")
      let stretched = x.shape[..<2] + x.shape[2...].map { _ in 1 }
      let factor = try g.affine(g.reshape(input("s"), Array(stretched)), offset: 1)
      return try g.add(g.multiply(x, factor), g.reshape(input("t"), Array(stretched)))
    case "mul_broadcast": return try g.multiply(input("x"), input("m"))
    case "div_broadcast":
      return try g.divide(input("x"), g.constant(divisor(c)))
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
      let axis = try c.axis("axis", rank: x.shape.count)
      let half = x.shape[axis] / 2
      func part(_ range: Range<Int>) throws -> Graph.Value {
        var ranges = x.shape.map { Slice.Range(0, $0) }
        ranges[axis] = Slice.Range(range.lowerBound, range.upperBound)
        return try g.slice(x, ranges)
      }
      return try g.multiply(part(0..<half), g.sigmoid(part(half..<2 * half)))
    default:
      Issue.record("no graph for \(c.text("op"))")
      return try input("x")
    }
  }

  /// The divisor of a division with broadcasting. It is called y like the result and is not in the
  /// file; the index has its shape, and each of its values is told by the largest x that it divides.
  private static func divisor(_ c: OperationCase) throws -> Tensor {
    let names = try #require(c.options["inputs"] as? [String: [Int]])
    let shape = try #require(names["y"])
    let (x, quotient) = (try #require(c.inputs["x"]), try #require(c.recorded["y"]))
    let padded = Array(repeating: 1, count: x.shape.count - shape.count) + shape
    var largest = [Float](repeating: 0, count: padded.reduce(1, *))
    var found = largest
    for index in 0..<x.count {
      var (rest, target, step) = (index, 0, 1)
      for axis in padded.indices.reversed() {
        target += min(rest % x.shape[axis], padded[axis] - 1) * step
        rest /= x.shape[axis]
        step *= padded[axis]
      }
      if abs(x[index]) > largest[target] {
        largest[target] = abs(x[index])
        found[target] = x[index] / quotient[index]
      }
    }
    return Tensor(shape: padded, found)
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
