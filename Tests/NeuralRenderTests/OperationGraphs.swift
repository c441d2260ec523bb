/// How each golden case is written as a graph: the same graphs test the references and the kernels.
import Compute
import NeuralRender
import Testing

enum OperationGraphs {
  typealias Values = [String: Graph.Value]

  /// The files of `fixtures/ops` that hold forward results, and the bound of their relative error.
  static let bounds: [(operation: String, bound: Float)] = [
    ("conv2d", 1e-5), ("conv_transpose2d", 1e-5), ("linear", 1e-5), ("matmul", 1e-5),
    ("batch_norm_eval", 1e-5), ("batch_norm_train", 1e-5), ("instance_norm", 1e-5),
    ("group_norm", 1e-5), ("activations", 1e-5), ("softmax", 1e-5), ("attention", 1e-5),
    ("attention_block", 1e-5), ("resize_bilinear", 1e-5), ("resize_nearest", 0),
    ("avg_pool2d", 1e-5), ("max_pool2d", 0), ("upfirdn2d", 1e-5), ("grid_sample", 2e-5),
    ("modulated_conv2d", 2e-5), ("equalized", 1e-5), ("pixel_norm", 1e-5),
    ("minibatch_stddev", 1e-5), ("reductions", 1e-5), ("tensor_ops", 1e-5), ("losses", 1e-5),
    ("second_order_r1", 2e-5), ("second_order_wgan_gp", 2e-5), ("second_order_path", 2e-5),
  ]

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
          input("x"), weight: input("w"), bias: v["b"], stride: c.int("stride"),
          dilation: c.int("dilation"), groups: c.int("groups"),
          padding: c.padding("pad", c.text("pad_mode")))
      ]
    case "conv_transpose2d":
      return [
        "y": try g.transposedConvolution(
          input("x"), weight: input("w"), bias: v["b"], stride: c.int("stride"),
          dilation: c.int("dilation"), groups: c.int("groups"), padding: c.int("padding"),
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
          input("x"), groups: c.int("groups"), affine: affine(), epsilon: c.float("eps"))
      ]
    case "activations": return ["y": try activation(c, &g, input("x"), bias: v["b"])]
    case "softmax": return ["y": try g.softmax(input("x"), axis: c.int("axis"))]
    case "attention": return ["y": try g.attention(input("qkv"), heads: c.int("heads"))]
    case "attention_block": return ["y": try attentionBlock(c, &g, v)]
    case "resize_bilinear", "resize_nearest":
      return ["y": try resize(c, &g, input("x"))]
    case "avg_pool2d":
      return [
        "y": try g.averagePool(
          input("x"), size: c.int("kernel_size"), stride: c.int("stride"),
          padding: c.int("padding"), countsPadding: c.flag("count_include_pad"))
      ]
    case "max_pool2d":
      return [
        "y": try g.maximumPool(
          input("x"), size: c.int("kernel_size"), stride: c.int("stride"),
          padding: c.int("padding"))
      ]
    case "upfirdn2d":
      return [
        "y": try g.upFIRDown(
          input("x"), kernel: input("k"), up: c.int("up"), down: c.int("down"),
          before: c.ints("pad")[0], after: c.ints("pad")[1])
      ]
    case "grid_sample":
      return [
        "y": try g.gridSample(
          input("x"), grid: input("grid"),
          outside: c.text("padding_mode") == "border" ? .border : .zeros,
          alignsCorners: c.flag("align_corners"))
      ]
    case "modulated_conv2d": return ["y": try modulated(c, &g, v)]
    case "equalized": return ["y": try equalized(c, &g, v)]
    case "pixel_norm": return ["y": try g.pixelNormalization(input("x"))]
    case "minibatch_stddev": return ["y": try g.appendingMinibatchDeviation(input("x"))]
    case "reductions":
      let functions: [String: Reduction.Function] = [
        "mean": .mean, "sum": .sum, "var_biased": .variance, "var_unbiased": .unbiasedVariance,
        "l2norm": .norm,
      ]
      return [
        "y": try g.reduce(input("x"), #require(functions[c.text("op")]), axes: c.ints("axes"))
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
