import Compute

/// Rows and columns added around an image; negative numbers crop (zero padding only).
public struct Padding: Sendable, Hashable {
  /// What the added pixels are: 0, the mirror image without the border pixel, or the border pixel.
  public enum Mode: Sendable, Hashable { case zeros, reflect, replicate }

  public var left: Int
  public var right: Int
  public var top: Int
  public var bottom: Int
  public var mode: Mode

  public init(left: Int, right: Int, top: Int, bottom: Int, mode: Mode = .zeros) {
    self.left = left
    self.right = right
    self.top = top
    self.bottom = bottom
    self.mode = mode
  }

  /// The same on all four sides.
  public init(_ size: Int, _ mode: Mode = .zeros) {
    self.init(left: size, right: size, top: size, bottom: size, mode: mode)
  }

  public static let none = Padding(0)

  /// The pixel that a coordinate outside an extent reads; nil for zero.
  @inline(__always)
  func source(_ coordinate: Int, _ extent: Int) -> Int? {
    if coordinate >= 0 && coordinate < extent { return coordinate }
    switch mode {
    case .zeros: return nil
    case .replicate: return min(max(coordinate, 0), extent - 1)
    case .reflect: return coordinate < 0 ? -coordinate : 2 * (extent - 1) - coordinate
    }
  }

  func check(_ height: Int, _ width: Int) throws(ShapeError) {
    let sides = [left, right, top, bottom]
    try require(
      mode == .zeros || sides.allSatisfy { $0 >= 0 }, "only zero padding can crop",
      found: "\(sides)")
    if mode == .reflect {
      try require(
        max(left, right) < width && max(top, bottom) < height,
        "reflection reaches beyond the image", expected: "padding below \(height) and \(width)",
        found: "\(sides)")
    }
  }
}

/// An image with its borders widened. Input: N x C x H x W.
public struct Pad: Operation {
  public let padding: Padding
  public var name: String { "padding" }

  public init(_ padding: Padding) { self.padding = padding }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    try requireImage(x)
    try padding.check(x[2], x[3])
    let height = x[2] + padding.top + padding.bottom
    let width = x[3] + padding.left + padding.right
    try require(height > 0 && width > 0, "nothing is left", found: "\(height) x \(width)")
    return [x[0], x[1], height, width]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0]
    let (height, width) = (x.shape[2], x.shape[3])
    let shape = [
      x.shape[0], x.shape[1], height + padding.top + padding.bottom,
      width + padding.left + padding.right,
    ]
    let strides = Indexing.strides(x.shape)
    return Tensor(shape: shape) { position in
      guard let row = padding.source(position[2] - padding.top, height),
        let column = padding.source(position[3] - padding.left, width)
      else { return 0 }
      return x[Indexing.offset([position[0], position[1], row, column], strides)]
    }
  }
}

extension Graph {
  public mutating func pad(_ x: Value, _ padding: Padding) throws -> Value {
    try apply(Pad(padding), to: [x])
  }
}
