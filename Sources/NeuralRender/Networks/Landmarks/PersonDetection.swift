// Boxes of persons: a pyramid over the backbone whose three levels are read by heads.

extension LandmarkLayers {
  mutating func appendPersonDetection(_ image: Graph.Value) throws {
    let (stages, top) = try backbone(image, border: .centred)
    let middle = try pyramidLevel(1, below: top, beside: stages[4])
    let low = try pyramidLevel(0, below: middle, beside: stages[2])
    var (scores, boxes): ([Graph.Value], [Graph.Value]) = ([], [])
    for (level, features) in [low, middle, top].enumerated() {
      let spread = try graph.depthToSpace(features, factor: 2, order: .blockFirst)
      scores.append(try separable(spread, "heads.\(level).scores", stride: 2))
      boxes.append(try separable(spread, "heads.\(level).boxes", stride: 2))
    }
    try appendDetections(boxes: boxes, scores: scores)
  }

  /// Outputs of a detector, level by level, every pixel's anchors side by side.
  mutating func appendDetections(boxes: [Graph.Value], scores: [Graph.Value]) throws {
    func count(_ images: [Graph.Value]) -> Int {
      images.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
    graph.output(
      "boxes", try graph.pixelRows(boxes, values: max(count(boxes) / max(count(scores), 1), 1)))
    graph.output("scores", try graph.pixelRows(scores, values: 1))
  }

  /// Features of the level below at twice their size, with those of the backbone beside them.
  private mutating func pyramidLevel(
    _ level: Int, below: Graph.Value, beside: Graph.Value
  ) throws -> Graph.Value {
    let raised = try apply(
      .relu6, to: graph.doubledBilinear(convolution(below, "levels.\(level).enter")))
    let lateral = try separable(beside, "laterals.\(level)", .relu6)
    return try residuals(graph.add(lateral, raised), "levels.\(level)", .relu6)
  }
}
