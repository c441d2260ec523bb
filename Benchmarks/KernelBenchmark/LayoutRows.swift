// Resampling and rearrangement: floats that move, with next to no arithmetic.

import NeuralRender

/// An operation from an image to one of other extents.
///
/// - Parameter outputsPerInput: floats written for each of the image's.
private func moved(
  _ name: String, _ image: LargeImage, operations: Int = 0, written: Int,
  _ operation: @escaping @Sendable (inout Graph, Graph.Value) throws -> Graph.Value
) -> OperationRow {
  OperationRow(name, operations: operations, floatsRead: image.count, written: written) { graph in
    try operation(&graph, graph.input("x", shape: image.shape))
  }
}

private func pooled(
  _ name: String, _ channels: Int, _ function: Pooling.Function, size: Int, stride: Int
) -> OperationRow {
  let image = LargeImage(channels)
  let written = image.count / (stride * stride)
  return moved(
    "pool-\(name)-\(size)x\(size)-stride\(stride)-\(channels)", image,
    operations: size * size * written, written: written
  ) { graph, x in
    try graph.apply(
      Pooling(function, size: size, stride: stride, padding: stride == size ? 0 : size / 2),
      to: [x])
  }
}

/// To twice the size (the result is what no cache holds) or to half of it.
private func resized(_ channels: Int, isBilinear: Bool, doubles: Bool) -> OperationRow {
  let large = LargeImage(channels)
  let (height, width) = (large.height / 2, large.width / 2)
  let small = large.count / 4
  return OperationRow(
    "\(isBilinear ? "bilinear" : "nearest")-\(doubles ? "double" : "half")-\(channels)",
    // Two taps a pixel along each axis. The nearest of half the rows reads whole cache lines of them.
    operations: isBilinear ? 6 * (doubles ? large.count : small) : 0,
    floatsRead: doubles ? small : isBilinear ? large.count : large.count / 2,
    written: doubles ? large.count : small
  ) { graph in
    let x = graph.input("x", shape: doubles ? [1, channels, height, width] : large.shape)
    let (rows, columns) = doubles ? (large.height, large.width) : (height, width)
    return isBilinear
      ? try graph.bilinearResize(x, height: rows, width: columns)
      : try graph.nearestResize(x, height: rows, width: columns)
  }
}

private func padded(_ channels: Int, _ mode: Padding.Mode) -> OperationRow {
  let image = LargeImage(channels)
  return moved(
    "pad-\(mode)-\(channels)", image, written: (image.height + 6) * (image.width + 6) * channels
  ) { graph, x in try graph.pad(x, Padding(3, mode)) }
}

private func shuffled(_ channels: Int, toSpace: Bool) -> OperationRow {
  let image = LargeImage(channels)
  return moved(
    "\(toSpace ? "depth-to-space" : "space-to-depth")-\(channels)", image, written: image.count
  ) { graph, x in
    try toSpace ? graph.depthToSpace(x, factor: 2) : graph.spaceToDepth(x, factor: 2)
  }
}

/// Pixels with channels last to a plane for each channel.
private func toPlanes(_ channels: Int) -> OperationRow {
  let image = LargeImage(channels)
  return moved("transpose-to-planes-\(channels)", image, written: image.count) { graph, x in
    try graph.reshape(x, [channels, image.pixels])
  }
}

private func fromPlanes(_ channels: Int) -> OperationRow {
  let image = LargeImage(channels)
  return OperationRow(
    "transpose-from-planes-\(channels)", floatsRead: image.count, written: image.count
  ) { graph in
    let x = graph.input("x", shape: [channels, image.pixels])
    return try graph.reshape(x, image.shape)
  }
}

/// Axes of rows in another order.
private func transposed(_ name: String, _ shape: [Int], _ order: [Int]) -> OperationRow {
  let count = shape.reduce(1, *)
  return OperationRow("transpose-\(name)", floatsRead: count, written: count) { graph in
    try graph.transpose(graph.input("x", shape: shape), order)
  }
}

let layoutRows: [OperationRow] =
  [3, 32].flatMap { channels in
    [false, true].flatMap { isBilinear in
      [true, false].map { resized(channels, isBilinear: isBilinear, doubles: $0) }
    }
  } + [
    resized(96, isBilinear: true, doubles: true),
    pooled("mean", 64, .mean(countsPadding: true), size: 2, stride: 2),
    pooled("mean", 32, .mean(countsPadding: true), size: 3, stride: 1),
    pooled("largest", 64, .maximum, size: 2, stride: 2),
    pooled("largest", 64, .maximum, size: 3, stride: 2),
    pooled("largest", 16, .maximum, size: 3, stride: 1),
    pooled("largest", 3, .maximum, size: 3, stride: 1),
    padded(3, .reflect),
    padded(32, .zeros),
    shuffled(128, toSpace: true),
    shuffled(12, toSpace: true),
    shuffled(32, toSpace: false),
    shuffled(3, toSpace: false),
    toPlanes(3), toPlanes(64), fromPlanes(3), fromPlanes(64),
    transposed("4096x4096", [4096, 4096], [1, 0]),
    transposed("heads-32768x8x64", [32768, 8, 64], [1, 0, 2]),
  ]
