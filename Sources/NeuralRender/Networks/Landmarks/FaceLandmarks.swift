// Boxes of faces, and the mesh of a face: residual blocks of separable convolutions (BlazeFace's).

extension LandmarkLayers {
  mutating func appendFaceDetection(_ image: Graph.Value) throws {
    var x = try convolution(image, "stem", stride: 2, border: .same, .relu)
    var levels: [Graph.Value] = []
    for level in 0..<shapes.count("levels.", ".0.depthwise") {
      x = try residuals(x, "levels.\(level)", stride: level == 0 ? 1 : 2, .relu)
      levels.append(x)
    }
    let features = levels.suffix(shapes.count("heads.", ".boxes"))
    let scores = try features.enumerated().map { level, x in
      try convolution(x, "heads.\(level).scores")
    }
    let boxes = try features.enumerated().map { level, x in
      try convolution(x, "heads.\(level).boxes")
    }
    try appendDetections(boxes: boxes, scores: scores)
  }

  mutating func appendFace(_ image: Graph.Value) throws {
    var x = try convolution(image, "stem", stride: 2, border: .same, .learnt)
    for level in 0..<shapes.count("levels.", ".0.depthwise") {
      x = try residuals(x, "levels.\(level)", stride: level == 0 ? 1 : 2, .learnt)
    }
    graph.output("landmarks", try branch(x, "points"))
    graph.output("flag", try branch(x, "flag"))
  }

  private mutating func branch(_ x: Graph.Value, _ module: String) throws -> Graph.Value {
    var y = try residuals(x, module + ".blocks", stride: 2, .learnt)
    y = try convolution(y, module + ".enter", .learnt)
    y = try residual(y, module + ".last", .learnt)
    return try convolution(y, module + ".values", border: .none)
  }
}
