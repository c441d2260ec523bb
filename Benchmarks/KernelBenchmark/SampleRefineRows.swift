// What Sample&Refine's networks are made of, beside plain convolutions: norms and gates in one pass, units at
// the sizes that they have for a texture of 256 x 256, and the sampler's end.

import NeuralRender

/// An image's own norm and the activation behind it; statistics read it once more.
private func activatedNorm(_ channels: Int) -> OperationRow {
  let image = LargeImage(channels)
  return OperationRow(
    "norm-instance-leaky-\(channels)", operations: 8 * image.count, floatsRead: 2 * image.count,
    written: image.count
  ) { graph in
    let x = graph.input("x", shape: image.shape)
    return try graph.leakyReLU(graph.instanceNormalization(x), slope: 0.2)
  }
}

/// relu(norm(x)) times sigmoid(gate), where x and gate are the halves of one image; and, with `residual`, added
/// to another image.
private func gatedNorm(_ channels: Int, residual: Bool) -> OperationRow {
  let both = LargeImage(2 * channels)
  let shape = [1, channels, both.height, both.width]
  let count = both.count / 2
  // Norm 2, sigmoid 20, product 1, sum 1: two operations each.
  return OperationRow(
    "norm-gated\(residual ? "-residual" : "")-\(channels)", operations: 48 * count,
    floatsRead: (residual ? 4 : 3) * count, written: count
  ) { graph in
    let x = graph.input("x", shape: both.shape)
    let normal = try graph.leakyReLU(
      graph.instanceNormalization(graph.channels(x, 0..<channels)), slope: 0)
    let gated = try graph.multiply(
      normal, graph.sigmoid(graph.channels(x, channels..<2 * channels)))
    return try residual ? graph.add(graph.input("residual", shape: shape), gated) : gated
  }
}

/// act(norm(C x)), mirrored at its borders; gated it is one product of twice the outputs.
private func unit(
  _ side: Int, _ channels: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1,
  isGated: Bool = false
) -> OperationRow {
  let (read, pixels) = (side * side * channels, side * side / (stride * stride))
  let sums = isGated ? 2 * outputs : outputs
  let weights = sums * channels * kernel * kernel
  let name = "unit-\(kernel)x\(kernel)\(stride == 1 ? "" : "-stride\(stride)")"
  return OperationRow(
    "\(name)\(isGated ? "-gated" : "")-\(channels)-\(outputs)-at-\(side)",
    operations: 2 * weights * pixels, floatsRead: read + weights, written: pixels * outputs
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    let all = try graph.convolution(
      x, weight: graph.weights(sums, channels, kernel, kernel), stride: stride,
      padding: Padding(kernel / 2, .reflect))
    guard isGated else {
      return try graph.leakyReLU(graph.instanceNormalization(all), slope: 0.2)
    }
    let normal = try graph.leakyReLU(
      graph.instanceNormalization(graph.channels(all, 0..<outputs)), slope: 0)
    return try graph.multiply(normal, graph.sigmoid(graph.channels(all, outputs..<2 * outputs)))
  }
}

/// Each texel's own place plus its flow, and the texture read there.
private func flowSampling(_ side: Int) -> OperationRow {
  let pixels = side * side
  return OperationRow(
    "flow-and-grid-sample-\(side)", operations: 60 * pixels, floatsRead: 7 * pixels,
    written: 3 * pixels
  ) { graph in
    let texture = graph.input("texture", shape: [1, 3, side, side])
    let flow = try graph.tanh(graph.input("flow", shape: [1, 2, side, side]))
    let places = try graph.add(graph.weights(1, 2, side, side), flow)
    return try graph.gridSample(
      texture, grid: graph.transpose(places, [0, 2, 3, 1]), alignsCorners: true)
  }
}

let sampleRefineRows: [OperationRow] =
  [32, 256].map(activatedNorm) + [false, true].map { gatedNorm(256, residual: $0) } + [
    unit(256, 4, 32, kernel: 7),
    unit(256, 4, 32, kernel: 7, isGated: true),
    unit(256, 32, 64, stride: 2, isGated: true),
    unit(64, 128, 256, stride: 2, isGated: true),
    unit(32, 256, 256, isGated: true),
    unit(16, 512, 512),
    flowSampling(256),
  ]
