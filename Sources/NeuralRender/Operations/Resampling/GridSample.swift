import Compute

/// Bilinear sampling of an image at given places, as `torch.nn.functional.grid_sample`.
///
/// Inputs: image (N, C, H, W), grid (N, H', W', 2) of (x, y), where -1 and 1 are the centres of the
/// border pixels (corners aligned) or their outer edges. Output: (N, C, H', W').
public struct GridSample: Operation {
  /// What lies outside the image: zeros, or the nearest border pixel.
  public enum Outside: Sendable, Hashable { case zeros, border }

  public let outside: Outside
  public let alignsCorners: Bool
  public var name: String { "grid sampling" }

  public init(outside: Outside = .zeros, alignsCorners: Bool) {
    self.outside = outside
    self.alignsCorners = alignsCorners
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (x, grid) = (inputs[0], inputs[1])
    try requireImage(x)
    try require(
      grid.count == 4 && grid[3] == 2 && grid[0] == x[0], "the grid does not fit",
      expected: "[\(x[0]), H, W, 2]", found: "\(grid)")
    return [x[0], x[1], grid[1], grid[2]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (x, grid) = (inputs[0].elements, inputs[1].elements)
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    let (rows, columns) = (inputs[1].shape[1], inputs[1].shape[2])
    /// The pixel coordinate of a grid coordinate, kept near the image: far ones are all outside.
    func place(_ coordinate: Float, _ extent: Int) -> Double {
      let g = Double(coordinate)
      let size = Double(extent)
      let pixel = alignsCorners ? (g + 1) / 2 * (size - 1) : ((g + 1) * size - 1) / 2
      let range = outside == .border ? 0...(size - 1) : -2...(size + 1)
      // A comparison with nan is false: it lands outside too.
      guard pixel > range.lowerBound else { return range.lowerBound }
      return min(pixel, range.upperBound)
    }
    return Tensor(shape: [inputs[0].shape[0], channels, rows, columns]) { position in
      let plane = (position[0] * channels + position[1]) * height * width
      let point = ((position[0] * rows + position[2]) * columns + position[3]) * 2
      let (px, py) = (place(grid[point], width), place(grid[point + 1], height))
      let (left, top) = (px.rounded(.down), py.rounded(.down))
      func at(_ row: Int, _ column: Int) -> Double {
        guard (0..<height).contains(row), (0..<width).contains(column) else { return 0 }
        return Double(x[plane + row * width + column])
      }
      let (column, row) = (Int(saturating: left), Int(saturating: top))
      let (u, v) = (px - left, py - top)
      let above = at(row, column) * (1 - u) + at(row, column + 1) * u
      let below = at(row + 1, column) * (1 - u) + at(row + 1, column + 1) * u
      return Float(above * (1 - v) + below * v)
    }
  }
}

extension Graph {
  public mutating func gridSample(
    _ x: Value, grid: Value, outside: GridSample.Outside = .zeros, alignsCorners: Bool
  ) throws -> Value {
    try apply(GridSample(outside: outside, alignsCorners: alignsCorners), to: [x, grid])
  }
}
