// Where the hand is in a rough square about it, and its landmarks.

extension LandmarkLayers {
  mutating func appendHand(_ image: Graph.Value) throws {
    let (_, top) = try backbone(image, border: .same)
    let mean = try graph.reduce(top, .mean, axes: [2, 3])
    let features = try graph.reshape(mean, [1, top.shape[1]])
    graph.output("landmarks", try linear(features, "landmarks"))
    graph.output("flag", try graph.sigmoid(linear(features, "flag")))
    graph.output("handedness", try graph.sigmoid(linear(features, "handedness")))
    graph.output("world", try linear(features, "world"))
  }

  mutating func appendHandRegion(_ image: Graph.Value) throws {
    let start = try convolution(image, "stem", stride: 2, border: .same, .learnt)
    var x = try convolution(start, "stem.scale")
    for level in 0..<shapes.count("levels.") { x = try halved(x, "levels.\(level)") }
    graph.output("points", try convolution(x, "points", border: .none))
  }

  /// A residual block to half the size; `start` and `scale` are factors and offsets of channels.
  private mutating func halved(_ x: Graph.Value, _ module: String) throws -> Graph.Value {
    let skip = try skip(x, channels: shapes.filter(module + ".project")[0], stride: 2)
    let rectified = try apply(.learnt, of: module + ".start", to: x)
    var y = try convolution(rectified, module + ".start")
    y = try convolution(y, module + ".reduce", stride: 2, border: .none, .learnt)
    y = try separable(convolution(y, module + ".scale"), module)
    return try graph.add(skip, y)
  }
}
