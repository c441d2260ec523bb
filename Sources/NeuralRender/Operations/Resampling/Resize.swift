import Compute

/// Bilinear resampling without antialiasing, as `torch.nn.functional.interpolate`.
///
/// With corners aligned, source = i (in - 1) / (out - 1); otherwise (i + 0.5) step - 0.5, not below 0.
public struct BilinearResize: Operation {
  public let height: Int
  public let width: Int
  public let alignsCorners: Bool
  /// Source pixels per output pixel, vertically and horizontally; nil is in / out.
  public let step: SIMD2<Double>?
  public var name: String { "bilinear resize" }

  public init(height: Int, width: Int, alignsCorners: Bool = false, step: SIMD2<Double>? = nil) {
    precondition(height > 0 && width > 0)
    self.height = height
    self.width = width
    self.alignsCorners = alignsCorners
    self.step = step
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try requireImage(inputs[0])
    try require(inputs[0][2] > 0 && inputs[0][3] > 0, "the image is empty")
    return [inputs[0][0], inputs[0][1], height, width]
  }

  /// The two source pixels of an output pixel and the second one's weight.
  func taps(_ output: Int, _ extent: Int, of size: Int, step: Double?) -> (Int, Int, Double) {
    var source: Double
    if alignsCorners {
      source = size > 1 ? Double(output) * Double(extent - 1) / Double(size - 1) : 0
    } else {
      source = (Double(output) + 0.5) * (step ?? Double(extent) / Double(size)) - 0.5
      source = max(source, 0)
    }
    let first = min(Int(saturating: source, .towardZero), extent - 1)
    return (first, min(first + 1, extent - 1), source - Double(first))
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let shape = inputs[0].shape
    return Tensor(shape: [shape[0], shape[1], height, width]) { position in
      let plane = (position[0] * shape[1] + position[1]) * shape[2] * shape[3]
      let (top, bottom, v) = taps(position[2], shape[2], of: height, step: step?.x)
      let (left, right, u) = taps(position[3], shape[3], of: width, step: step?.y)
      func at(_ row: Int, _ column: Int) -> Double { Double(x[plane + row * shape[3] + column]) }
      let above = at(top, left) * (1 - u) + at(top, right) * u
      let below = at(bottom, left) * (1 - u) + at(bottom, right) * u
      return Float(above * (1 - v) + below * v)
    }
  }
}

/// Nearest-neighbour resampling as `torch.nn.functional.interpolate`: source = floor(i step).
public struct NearestResize: Operation {
  public let height: Int
  public let width: Int
  /// Source pixels per output pixel, vertically and horizontally; nil is in / out.
  public let step: SIMD2<Float>?
  public var name: String { "nearest resize" }

  public init(height: Int, width: Int, step: SIMD2<Float>? = nil) {
    precondition(height > 0 && width > 0)
    self.height = height
    self.width = width
    self.step = step
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try requireImage(inputs[0])
    try require(inputs[0][2] > 0 && inputs[0][3] > 0, "the image is empty")
    return [inputs[0][0], inputs[0][1], height, width]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = inputs[0].shape
    let strides = Indexing.strides(shape)
    // In single precision, as there: the product decides which pixel is meant.
    func source(_ output: Int, _ extent: Int, of size: Int, step: Float?) -> Int {
      let place = Float(output) * (step ?? Float(extent) / Float(size))
      return min(max(Int(saturating: place, .towardZero), 0), extent - 1)
    }
    return Tensor(shape: [shape[0], shape[1], height, width]) { position in
      let row = source(position[2], shape[2], of: height, step: step?.x)
      let column = source(position[3], shape[3], of: width, step: step?.y)
      return inputs[0][Indexing.offset([position[0], position[1], row, column], strides)]
    }
  }
}

extension Graph {
  public mutating func bilinearResize(
    _ x: Value, height: Int, width: Int, alignsCorners: Bool = false
  ) throws -> Value {
    try apply(
      BilinearResize(height: height, width: width, alignsCorners: alignsCorners), to: [x])
  }

  public mutating func nearestResize(_ x: Value, height: Int, width: Int) throws -> Value {
    try apply(NearestResize(height: height, width: width), to: [x])
  }

  /// Twice the size, bilinear, corners not aligned.
  public mutating func doubledBilinear(_ x: Value) throws -> Value {
    let (height, width) = Self.size(x)
    return try bilinearResize(x, height: 2 * height, width: 2 * width)
  }

  /// Every pixel two by two.
  public mutating func doubledNearest(_ x: Value) throws -> Value {
    let (height, width) = Self.size(x)
    return try nearestResize(x, height: 2 * height, width: 2 * width)
  }

  private static func size(_ x: Value) -> (Int, Int) {
    x.shape.count == 4 ? (max(x.shape[2], 1), max(x.shape[3], 1)) : (1, 1)
  }
}
