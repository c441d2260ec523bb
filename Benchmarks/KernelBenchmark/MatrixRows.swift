// Products of matrices and what is made of them.

import NeuralRender

/// Both matrices are values: the right one is packed in every run.
private func product(
  _ title: String, batch: Int = 1, _ rows: Int, _ depth: Int, _ columns: Int,
  isConstant: Bool = false
) -> OperationRow {
  OperationRow(
    "matrix-\(title)", operations: 2 * batch * rows * depth * columns,
    floatsRead: batch * (rows * depth + depth * columns), written: batch * rows * columns
  ) { graph in
    let left = graph.input("left", shape: [batch, rows, depth])
    let right =
      isConstant
      ? graph.weights(batch, depth, columns) : graph.input("right", shape: [batch, depth, columns])
    return try graph.matrixProduct(left, right)
  }
}

private func linear(_ rows: Int, _ inputs: Int, _ outputs: Int) -> OperationRow {
  OperationRow(
    "linear-\(rows)x\(inputs)x\(outputs)", operations: 2 * rows * inputs * outputs,
    floatsRead: rows * inputs + inputs * outputs, written: rows * outputs
  ) { graph in
    let x = graph.input("x", shape: [rows, inputs])
    return try graph.linear(
      x, weight: graph.weights(outputs, inputs), bias: graph.weights(outputs))
  }
}

/// Scores and sums of values, 64 channels a head. The exponentials are not counted: they are the kernel's
/// overhead.
private func attention(_ side: Int, heads: Int) -> OperationRow {
  let (tokens, width) = (side * side, 64)
  return OperationRow(
    "attention-\(tokens)", operations: 4 * tokens * tokens * heads * width,
    floatsRead: 3 * tokens * heads * width, written: tokens * heads * width
  ) { graph in
    let x = graph.input("x", shape: [1, 3 * heads * width, side, side])
    let positions = try graph.reshape(x, [1, 3 * heads * width, tokens])
    let result = try graph.attention(positions, heads: heads)
    return try graph.reshape(result, [1, heads * width, side, side])
  }
}

private func codeSearch(_ side: Int, _ channels: Int, codes: Int) -> OperationRow {
  OperationRow(
    "code-search-\(side * side)x\(channels)x\(codes)",
    operations: 2 * side * side * channels * codes,
    floatsRead: (side * side + codes) * channels, written: side * side
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    return try graph.codeSearch(x, codes: graph.weights(codes, channels))
  }
}

let matrixRows: [OperationRow] = [
  product("512x1024x1024", 512, 1024, 1024),
  product("512x1024x1024-constant", 512, 1024, 1024, isConstant: true),
  product("64x64x64", 64, 64, 64),
  product("1x1024x1024-constant", 1, 1024, 1024, isConstant: true),
  product("batch-64x128x64x128", batch: 64, 128, 64, 128),
  linear(512, 1024, 1024),
  linear(1, 1024, 1024),
  attention(32, heads: 8),
  attention(16, heads: 8),
  codeSearch(32, 256, codes: 1024),
]
