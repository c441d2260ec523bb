// Convolutions beside those of DINAR's renderer: by channel, in groups, transposed, modulated, filters.

import Compute
import NeuralRender

private func depthwise(_ kernel: Int, stride: Int, _ channels: Int) -> OperationRow {
  let image = LargeImage(channels)
  let written = image.count / (stride * stride)
  return OperationRow(
    "depthwise-\(kernel)x\(kernel)\(stride == 1 ? "" : "-stride\(stride)")-\(channels)",
    operations: 2 * kernel * kernel * written, floatsRead: image.count, written: written
  ) { graph in
    let x = graph.input("x", shape: image.shape)
    return try graph.convolution(
      x, weight: graph.weights(channels, 1, kernel, kernel), bias: graph.weights(channels),
      stride: stride, groups: channels, padding: Padding(kernel / 2))
  }
}

private func grouped(_ side: Int, _ channels: Int, groups: Int) -> OperationRow {
  let count = side * side * channels
  return OperationRow(
    "grouped-3x3-\(channels)-by-\(groups)", operations: 18 * count * channels / groups,
    floatsRead: count, written: count
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    return try graph.convolution(
      x, weight: graph.weights(channels, channels / groups, 3, 3), groups: groups,
      padding: Padding(1))
  }
}

/// 4 x 4 with stride 2: four taps meet each output.
private func transposed(_ side: Int, _ channels: Int, _ outputs: Int) -> OperationRow {
  let (read, written) = (side * side * channels, 4 * side * side * outputs)
  return OperationRow(
    "transposed-4x4-\(channels)-\(outputs)", operations: 2 * 4 * channels * written,
    floatsRead: read, written: written
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    return try graph.transposedConvolution(
      x, weight: graph.weights(channels, outputs, 4, 4), bias: graph.weights(outputs), stride: 2,
      padding: 1)
  }
}

/// StyleGAN2's 3 x 3; with twice the size, 2.25 taps meet an output.
private func modulated(
  _ side: Int, _ channels: Int, _ outputs: Int, _ resampling: ModulatedConvolution.Resampling
) -> OperationRow {
  let isUp = resampling == .up
  let written = (isUp ? (2 * side + 1) * (2 * side + 1) : side * side) * outputs
  let read = side * side * channels
  return OperationRow(
    "modulated-3x3\(isUp ? "-up" : "")-\(channels)-\(outputs)",
    operations: 18 * side * side * channels * outputs, floatsRead: read, written: written
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    let styles = graph.input("styles", shape: [1, channels])
    return try graph.modulatedConvolution(
      x, weight: graph.weights(outputs, channels, 3, 3), styles: styles, resampling: resampling)
  }
}

/// StyleGAN2's 4 x 4 filter, a product of two of 4 taps. `up` and `down` are 1 or 2.
private func filtered(_ channels: Int, up: Int, down: Int) -> OperationRow {
  let image = LargeImage(channels * up * up)
  let (height, width) = (image.height, image.width)
  let read = height * width * channels
  let written = read * up * up / (down * down)
  // Columns, then rows.
  let taps = 8 / up
  return OperationRow(
    "upfirdown-\(up)-\(down)-\(channels)", operations: 2 * taps * written, floatsRead: read,
    written: written
  ) { graph in
    let x = graph.input("x", shape: [1, channels, height, width])
    let line: [Float] = [0.125, 0.375, 0.375, 0.125]
    let kernel = Tensor(
      shape: [4, 4], line.flatMap { a in line.map { a * $0 * Float(up * up) } })
    return try graph.upFIRDown(
      x, kernel: graph.constant(kernel), up: up, down: down, before: up == 2 ? 2 : 1,
      after: down == 2 ? 1 : up == 2 ? 1 : 2)
  }
}

let convolutionRows: [OperationRow] =
  [3, 5].flatMap { kernel in
    [1, 2].flatMap { stride in
      [8, 16, 32, 96].map { depthwise(kernel, stride: stride, $0) }
    }
  } + [
    grouped(128, 256, groups: 32),
    grouped(128, 128, groups: 2),
    transposed(128, 128, 64),
    modulated(64, 512, 512, .same),
    modulated(64, 512, 256, .up),
    filtered(32, up: 1, down: 1),
    filtered(32, up: 2, down: 1),
    filtered(32, up: 1, down: 2),
  ]
