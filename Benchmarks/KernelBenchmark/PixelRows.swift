// Norms, softmax, functions, arithmetic and reductions: little arithmetic for each float.

import NeuralRender

/// An operation on an image that gives an image of the same size.
private func pixels(
  _ name: String, _ channels: Int, instructions: Int = 0, reads: Int = 1,
  _ operation: @escaping @Sendable (inout Graph, Graph.Value) throws -> Graph.Value
) -> OperationRow {
  let image = LargeImage(channels)
  return OperationRow(
    "\(name)-\(channels)", operations: 2 * instructions * image.count,
    floatsRead: reads * image.count, written: image.count
  ) { graph in
    try operation(&graph, graph.input("x", shape: image.shape))
  }
}

/// Norms by an image's own statistics read it twice: once for the statistics, once to apply them.
private func groupNorm(_ channels: Int, groups: Int) -> OperationRow {
  pixels("norm-group\(groups)", channels, reads: 2) { graph, x in
    try graph.groupNormalization(
      x, groups: groups, affine: (graph.weights(channels), graph.weights(channels)))
  }
}

private func instanceNorm(_ channels: Int) -> OperationRow {
  pixels("norm-instance", channels, reads: 2) { graph, x in try graph.instanceNormalization(x) }
}

/// A pixel's channels stay in the cache between the statistics and their use.
private func pixelNorm(_ channels: Int) -> OperationRow {
  pixels("norm-pixel", channels) { graph, x in try graph.pixelNormalization(x) }
}

/// An operation on the last axis of a matrix.
private func rows(
  _ name: String, _ channels: Int, instructions: Int = 0,
  _ operation: @escaping @Sendable (inout Graph, Graph.Value) throws -> Graph.Value
) -> OperationRow {
  let image = LargeImage(channels)
  return OperationRow(
    "\(name)-\(channels)", operations: 2 * instructions * image.count, floatsRead: image.count,
    written: image.count
  ) { graph in
    try operation(&graph, graph.input("x", shape: [image.pixels, channels]))
  }
}

private func layerNorm(_ channels: Int) -> OperationRow {
  rows("norm-layer", channels) { graph, x in
    try graph.layerNormalization(x, affine: (graph.weights(channels), graph.weights(channels)))
  }
}

/// An exponential (9), sum, product.
private let softmaxInstructions = 11

private func softmax(_ channels: Int) -> OperationRow {
  pixels("softmax", channels, instructions: softmaxInstructions) { graph, x in
    try graph.softmax(x, axis: 1)
  }
}

/// - Parameter instructions: of floating-point arithmetic, for each vector.
private func function(
  _ name: String, _ function: Elementwise.Function, instructions: Int
) -> OperationRow {
  pixels("function-\(name)", 32, instructions: instructions) { graph, x in
    try graph.elementwise(x, function)
  }
}

/// A second operand of another shape; what it adds to the bytes is counted.
private func arithmetic(_ name: String, _ channels: Int, _ other: [Int]) -> OperationRow {
  let image = LargeImage(channels)
  let shape = zip(image.shape, other).map { $1 == 1 ? 1 : $0 }
  return OperationRow(
    "arithmetic-\(name)-\(channels)", operations: image.count,
    floatsRead: image.count + shape.reduce(1, *), written: image.count
  ) { graph in
    let x = graph.input("x", shape: image.shape)
    return try graph.multiply(x, graph.input("other", shape: shape))
  }
}

/// Variances need no second read of memory: those of parts that caches hold are put together.
private func reduction(
  _ name: String, _ function: Reduction.Function, axes: [Int], _ channels: Int
) -> OperationRow {
  let image = LargeImage(channels)
  return OperationRow(
    "reduction-\(name)-\(channels)", operations: image.count, floatsRead: image.count,
    written: axes == [1] ? image.pixels : channels
  ) { graph in
    try graph.reduce(graph.input("x", shape: image.shape), function, axes: axes)
  }
}

let pixelRows: [OperationRow] =
  [groupNorm(16, groups: 8), groupNorm(64, groups: 32), groupNorm(256, groups: 32)]
  + [16, 64, 256].map(instanceNorm) + [16, 32, 64, 512].map(pixelNorm)
  + [16, 32, 64, 256, 768].map(layerNorm) + [3, 8, 19, 24, 64].map(softmax) + [
    rows("softmax-rows", 1024, instructions: softmaxInstructions) { graph, x in
      try graph.softmax(x, axis: 1)
    },
    pixels("prelu", 3, instructions: 2) { graph, x in
      try graph.prelu(x, slope: graph.weights(3))
    },
    pixels("prelu", 32, instructions: 2) { graph, x in
      try graph.prelu(x, slope: graph.weights(32))
    },
    function("relu", .leakyReLU(slope: 0, gain: 1), instructions: 3),
    function("silu", .silu, instructions: 20),
    function("gelu", .gelu(approximate: false), instructions: 34),
    function("tanh", .tanh, instructions: 22),
    function("sigmoid", .sigmoid, instructions: 20),
    function("log", .log, instructions: 22),
    function("softplus", .softplus, instructions: 28),
    function("exp", .exp, instructions: 17),
    function("sqrt", .squareRoot, instructions: 15),
    arithmetic("equal", 32, [0, 0, 0, 0]),
    arithmetic("channels", 32, [0, 0, 1, 1]),
    arithmetic("mask", 32, [0, 1, 0, 0]),
    arithmetic("mask", 3, [0, 1, 0, 0]),
    arithmetic("number", 32, [0, 1, 1, 1]),
    reduction("mean-pixels", .mean, axes: [2, 3], 64),
    reduction("variance-pixels", .variance, axes: [2, 3], 64),
    reduction("mean-channels", .mean, axes: [1], 64),
    reduction("mean-channels", .mean, axes: [1], 3),
    reduction("variance-channels", .variance, axes: [1], 64),
  ]
