/// How each golden case is written as a graph: the same graphs test the references and the kernels.
import Compute
import NeuralRender
import Testing

enum OperationGraphs {
  typealias Values = [String: Graph.Value]

  /// The bound of an operation's relative error, from the fixture's README.
  static func bound(_ operation: String) -> Float {
    switch operation {
    case "resize_nearest", "max_pool2d": 0
    case "grid_sample", "modulated_conv2d": 2e-5
    case _ where operation.hasPrefix("second_order_"): 2e-5
    default: 1e-5
    }
  }

  /// The case's results as values of `g`, by the names under which they are recorded.
  static func build(_ c: OperationCase, _ g: inout Graph, _ v: Values) throws -> Values {
    func input(_ name: String) throws -> Graph.Value { try #require(v[name]) }
    func affine() -> (weight: Graph.Value, bias: Graph.Value)? {
      if let weight = v["w"], let bias = v["b"] { (weight, bias) } else { nil }
    }
    switch c.operation {
    case "conv2d":
      return [
        "y": try g.convolution(
          input("x"), weight: input("w"), bias: v["b"], stride: c.int("stride", default: 1),
          dilation: c.int("dilation", default: 1), groups: c.int("groups", default: 1),
          padding: c.padding("pad", c.text("pad_mode")))
      ]
    case "conv_transpose2d":
      return [
        "y": try g.transposedConvolution(
          input("x"), weight: input("w"), bias: v["b"], stride: c.int("stride", default: 1),
          dilation: c.int("dilation", default: 1), groups: c.int("groups", default: 1),
          padding: c.int("padding"),
          outputPadding: c.int("output_padding"))
      ]
    case "linear": return ["y": try g.linear(input("x"), weight: input("w"), bias: v["b"])]
    case "matmul": return ["y": try g.matrixProduct(input("a"), input("b"))]
    case "batch_norm_eval":
      return [
        "y": try g.batchNormalization(
          input("x"), mean: input("running_mean"), variance: input("running_var"),
          affine: affine(), epsilon: c.float("eps"))
      ]
    case "batch_norm_train": return try batchNormalizationInTraining(c, &g, v)
    case "instance_norm":
      return [
        "y": try g.instanceNormalization(input("x"), affine: affine(), epsilon: c.float("eps"))
      ]
    case "group_norm":
      return [
        "y": try g.groupNormalization(
          input("x"), groups: c.int("groups", default: 1), affine: affine(), epsilon: c.float("eps")
        )
      ]
    case "activations": return ["y": try activation(c, &g, input("x"), bias: v["b"])]
    case "softmax":
      let x = try input("x")
      return ["y": try g.softmax(x, axis: c.axis("axis", rank: x.shape.count))]
    case "attention": return ["y": try g.attention(input("qkv"), heads: c.int("heads"))]
    case "attention_block": return ["y": try attentionBlock(c, &g, v)]
    case "resize_bilinear", "resize_nearest":
      return ["y": try resize(c, &g, input("x"))]
    case "avg_pool2d":
      return [
        "y": try g.averagePool(
          input("x"), size: c.int("kernel_size"),
          stride: c.int("stride", default: c.int("kernel_size")),
          padding: c.int("padding"), countsPadding: c.flag("count_include_pad", default: true))
      ]
    case "max_pool2d":
      return [
        "y": try g.maximumPool(
          input("x"), size: c.int("kernel_size"),
          stride: c.int("stride", default: c.int("kernel_size")),
          padding: c.int("padding"))
      ]
    case "upfirdn2d":
      let sides = c.ints("pad")
      try #require(sides.count == 2)
      return [
        "y": try g.upFIRDown(
          input("x"), kernel: input("k"), up: c.int("up", default: 1),
          down: c.int("down", default: 1), before: sides[0],
          after: sides[1])
      ]
    case "grid_sample":
      let outside: [String: GridSample.Outside] = ["zeros": .zeros, "border": .border]
      return [
        "y": try g.gridSample(
          input("x"), grid: input("grid"), outside: #require(outside[c.text("padding_mode")]),
          alignsCorners: c.flag("align_corners"))
      ]
    case "modulated_conv2d": return ["y": try modulated(c, &g, v)]
    case "equalized": return ["y": try equalized(c, &g, v)]
    case "pixel_norm": return ["y": try g.pixelNormalization(input("x"))]
    case "minibatch_stddev": return ["y": try g.appendingMinibatchDeviation(input("x"))]
    case "reductions":
      let x = try input("x")
      let functions: [String: Reduction.Function] = [
        "mean": .mean, "sum": .sum, "var_biased": .variance, "var_unbiased": .unbiasedVariance,
        "l2norm": .norm,
      ]
      return [
        "y": try g.reduce(
          x, #require(functions[c.text("op")]), axes: c.axes("axes", rank: x.shape.count))
      ]
    case "tensor_ops": return ["y": try rearranged(c, &g, v)]
    case "losses": return ["y": try loss(c, &g, v)]
    case "second_order_r1", "second_order_wgan_gp", "second_order_path":
      return try smallNetwork(c, &g, v)
    default:
      Issue.record("no graph for \(c.operation)")
      return [:]
    }
  }
}
