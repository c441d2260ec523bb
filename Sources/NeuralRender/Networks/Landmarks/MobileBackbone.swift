/// The trunk that person detection, body and hand share: inverted residual blocks (MobileNetV2's) in the
/// stages of EfficientNet-Lite0.

extension LandmarkLayers {
  /// Strides of the stages' first blocks; what weights do not tell.
  private static let strides = [1, 2, 2, 2, 1, 2]

  /// - Parameter border: of layers with stride 2.
  /// - Returns: what each stage gives, at 1/2, 1/4, 1/8, 1/16, 1/16 and 1/32 of the size, and the features
  ///   on top.
  mutating func backbone(
    _ image: Graph.Value, border: Border
  ) throws -> (stages: [Graph.Value], top: Graph.Value) {
    var x = try convolution(image, "stem", stride: 2, border: border, .relu6)
    var stages: [Graph.Value] = []
    for (stage, stride) in Self.strides.enumerated() {
      for block in 0..<shapes.count("stages.\(stage).") {
        x = try invertedResidual(
          x, "stages.\(stage).\(block)", stride: block == 0 ? stride : 1, border: border)
      }
      stages.append(x)
    }
    x = try convolution(x, "last.expand", .relu6)
    return (stages, try convolution(x, "last.depthwise", .relu6))
  }

  /// More channels, a filter of each, fewer channels; added to x where it has the same shape.
  private mutating func invertedResidual(
    _ x: Graph.Value, _ module: String, stride: Int, border: Border
  ) throws -> Graph.Value {
    let isExpanded = shapes.contains(module + ".expand.weight")
    var y = isExpanded ? try convolution(x, module + ".expand", .relu6) : x
    y = try convolution(y, module + ".depthwise", stride: stride, border: border, .relu6)
    y = try convolution(y, module + ".project")
    return isExpanded && y.shape == x.shape ? try graph.add(y, x) : y
  }
}
