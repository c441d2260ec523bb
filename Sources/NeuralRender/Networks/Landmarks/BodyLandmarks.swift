// Landmarks, mask and heat maps of a body: a pyramid over the backbone, and a regression on top of it.

extension LandmarkLayers {
  mutating func appendBody(_ image: Graph.Value) throws {
    let (stages, top) = try backbone(image, border: .centred)
    // The stages that end a resolution, the finest last; it takes part in the mask only.
    let besides = [stages[4], stages[2], stages[1]]
    var features = try separable(top, "top", between: .relu6, .relu6)
    for (step, beside) in besides.enumerated() {
      let lateral = try separable(
        beside, "laterals.\(besides.count - step)", between: .relu6, .relu6)
      features = try graph.add(graph.doubledBilinear(features), lateral)
    }
    let mask = try mask(features, beside: stages[0])
    let heatMaps = try convolution(features, "heat_maps")

    var points = try separable(top, "points.enter", between: .relu6, .relu6)
    for level in 0..<shapes.count("points.levels.", ".0.depthwise") {
      points = try residuals(
        points, "points.levels.\(level)", stride: 2, between: .relu6, .relu6)
    }
    graph.output("landmarks", try values(points, "points.landmarks"))
    graph.output("flag", try graph.sigmoid(values(points, "points.flag")))
    graph.output("mask", mask)
    graph.output("heat_maps", heatMaps)
    graph.output("world", try values(points, "points.world"))
  }

  private mutating func mask(
    _ features: Graph.Value, beside: Graph.Value
  ) throws -> Graph.Value {
    let entered = try separable(features, "mask.enter", between: .relu6, .relu6)
    let lateral = try separable(beside, "laterals.0", between: .relu6, .relu6)
    let half = try residuals(
      graph.add(graph.doubledBilinear(entered), lateral), "mask.half", between: .relu6, .relu6)
    let whole = try residuals(
      graph.doubledBilinear(half), "mask.whole", between: .relu6, .relu6)
    return try convolution(whole, "mask.logits")
  }

  /// A filter as large as the image: (1, Cout).
  private mutating func values(_ x: Graph.Value, _ module: String) throws -> Graph.Value {
    let y = try convolution(x, module, border: .none)
    return try graph.reshape(y, [1, y.shape[1]])
  }
}
