import Compute

/// A network in the making: its graph, and the shapes that it takes its sizes from.
///
/// Layers are called by the module that holds their weights.
struct LandmarkLayers {
  var graph = Graph()
  let shapes: FilterShapes

  init(_ shapes: FilterShapes) { self.shapes = shapes }

  /// What is put around an image.
  enum Border {
    case none
    /// Half a filter on all sides.
    case centred
    /// TensorFlow's SAME: as little as makes ceil(size / stride) pixels, the odd one after.
    case same
  }

  enum Activation {
    case none, relu
    /// Between 0 and 6.
    case relu6
    /// With the slopes of the layer's module.
    case learnt
  }

  /// A convolution with bias, of as many groups as the shape of its weights tells.
  mutating func convolution(
    _ x: Graph.Value, _ module: String, stride: Int = 1, border: Border = .centred,
    _ activation: Activation = .none
  ) throws -> Graph.Value {
    let filter = try shapes.filter(module)
    let y = try graph.module(module) { graph in
      try graph.convolution(
        x, weight: graph.parameter("weight", shape: filter),
        bias: graph.parameter("bias", shape: [filter[0]]), stride: stride,
        groups: max(x.shape[1] / filter[1], 1),
        padding: Self.padding(border, x, filter, stride: stride))
    }
    return try apply(activation, of: module, to: y)
  }

  private static func padding(
    _ border: Border, _ x: Graph.Value, _ filter: [Int], stride: Int
  ) -> Padding {
    func missing(_ axis: Int) -> Int {
      let outputs = (x.shape[axis] + stride - 1) / stride
      return max((outputs - 1) * stride + filter[axis] - x.shape[axis], 0)
    }
    switch border {
    case .none: return .none
    case .centred:
      let (height, width) = (filter[2] / 2, filter[3] / 2)
      return Padding(left: width, right: width, top: height, bottom: height)
    case .same:
      let (height, width) = (missing(2), missing(3))
      return Padding(
        left: width / 2, right: width - width / 2, top: height / 2, bottom: height - height / 2)
    }
  }

  mutating func apply(
    _ activation: Activation, of module: String = "", to x: Graph.Value
  ) throws -> Graph.Value {
    switch activation {
    case .none: x
    case .relu: try graph.relu(x)
    case .relu6: try graph.clamp(x, to: 0...6)
    case .learnt:
      try graph.prelu(x, slope: graph.parameter(module + ".slope", shape: [x.shape[1]]))
    }
  }

  /// A matrix product with bias. Input (N, Cin).
  mutating func linear(_ x: Graph.Value, _ module: String) throws -> Graph.Value {
    let matrix = try shapes.filter(module, axes: 2)
    return try graph.module(module) { graph in
      try graph.linear(
        x, weight: graph.parameter("weight", shape: matrix),
        bias: graph.parameter("bias", shape: [matrix[0]]))
    }
  }

  /// A filter of each channel, then a mixture of channels.
  mutating func separable(
    _ x: Graph.Value, _ module: String, stride: Int = 1, border: Border = .centred,
    between: Activation = .none, _ activation: Activation = .none
  ) throws -> Graph.Value {
    let filtered = try convolution(
      x, module + ".depthwise", stride: stride, border: border, between)
    return try convolution(filtered, module + ".project", activation)
  }

  /// The activation of x and a separable convolution of x. With stride 2 the largest of 2 x 2 pixels
  /// stands for x. Where channels are more, x has zeros for them.
  mutating func residual(
    _ x: Graph.Value, _ module: String, stride: Int = 1, between: Activation = .none,
    _ activation: Activation
  ) throws -> Graph.Value {
    // Before what it is added to, so that it is done to the sums there.
    let skip = try skip(x, channels: shapes.filter(module + ".project")[0], stride: stride)
    let y = try separable(x, module, stride: stride, border: .same, between: between)
    return try apply(activation, of: module, to: graph.add(skip, y))
  }

  /// The largest of `stride` x `stride` pixels; of the first channels, or with channels of zeros.
  mutating func skip(
    _ x: Graph.Value, channels: Int, stride: Int
  ) throws -> Graph.Value {
    let pooled = stride == 1 ? x : try graph.maximumPool(x, size: stride, stride: stride)
    return try graph.withChannels(channels, pooled)
  }

  /// Residual blocks one after the other, all that the weights have.
  mutating func residuals(
    _ x: Graph.Value, _ module: String, stride: Int = 1, between: Activation = .none,
    _ activation: Activation
  ) throws -> Graph.Value {
    var y = x
    for block in 0..<shapes.count(module + ".") {
      y = try residual(
        y, "\(module).\(block)", stride: block == 0 ? stride : 1, between: between, activation)
    }
    return y
  }
}

extension Graph {
  /// The first channels of an image, or all and zeros behind them.
  mutating func withChannels(_ count: Int, _ x: Value) throws -> Value {
    let own = x.shape[1]
    if own == count { return x }
    if own > count { return try channels(x, 0..<count) }
    let zeros = constant(Tensor(shape: [x.shape[0], count - own] + x.shape[2...], repeating: 0))
    return try concatenate([x, zeros])
  }

  /// The pixels of images, one after the other row by row, `values` at a time: (1, all, values).
  mutating func pixelRows(_ images: [Value], values: Int) throws -> Value {
    let rows = try images.map { image in
      try reshape(transpose(image, [0, 2, 3, 1]), [1, image.shape.reduce(1, *) / values, values])
    }
    return try concatenate(rows, axis: 1)
  }
}
