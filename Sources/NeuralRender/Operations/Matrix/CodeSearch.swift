import Compute

/// The nearest code of each pixel by squared Euclidean distance, ties to the lowest index: the
/// quantisation of VQ-VAE (van den Oord et al. 2017).
///
/// Inputs: x (N, C, H, W), codes (V, C). Output: indices (N, 1, H, W), whole numbers as floats.
public struct CodeSearch: Operation {
  /// Books beyond this have indices that floats do not hold.
  static let mostCodes = 1 << 24

  public var name: String { "code search" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (x, codes) = (inputs[0], inputs[1])
    try requireImage(x)
    try requireCodes(codes)
    try require(
      codes[1] == x[1], "the codes are for another number of channels", expected: "\(x[1])",
      found: "\(codes)")
    return [x[0], 1, x[2], x[3]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (x, codes) = (inputs[0].elements, inputs[1].elements)
    let shape = inputs[0].shape
    let (channels, plane) = (shape[1], shape[2] * shape[3])
    let count = inputs[1].shape[0]
    return Tensor(shape: [shape[0], 1, shape[2], shape[3]]) { buffer in
      for pixel in 0..<shape[0] * plane {
        let first = pixel / plane * channels * plane + pixel % plane
        var nearest = (distance: Double.infinity, index: 0)
        for index in 0..<count {
          let distance = (0..<channels).reduce(0.0) { sum, c in
            let difference = Double(x[first + c * plane]) - Double(codes[index * channels + c])
            return sum + difference * difference
          }
          if distance < nearest.distance { nearest = (distance, index) }
        }
        buffer[pixel] = Float(nearest.index)
      }
    }
  }
}

/// The codes of indices.
///
/// Inputs: indices (N, 1, H, W), codes (V, C). Output: (N, C, H, W). Indices are rounded; those out of
/// range are the nearest end of it, and 0 where they are not numbers.
public struct CodeLookup: Operation {
  public var name: String { "code lookup" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (indices, codes) = (inputs[0], inputs[1])
    try requireImage(indices, "what holds the indices")
    try require(indices[1] == 1, "there is more than one index a pixel", found: "\(indices)")
    try requireCodes(codes)
    return [indices[0], codes[1], indices[2], indices[3]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (indices, codes) = (inputs[0].elements, inputs[1].elements)
    let shape = inputs[0].shape
    let (count, channels) = (inputs[1].shape[0], inputs[1].shape[1])
    let plane = shape[2] * shape[3]
    return Tensor(shape: [shape[0], channels, shape[2], shape[3]]) { buffer in
      for pixel in 0..<shape[0] * plane {
        let code = min(max(Int(saturating: indices[pixel]), 0), count - 1)
        let first = pixel / plane * channels * plane + pixel % plane
        for c in 0..<channels { buffer[first + c * plane] = codes[code * channels + c] }
      }
    }
  }
}

extension Operation {
  /// Throws unless a shape is that of a book of codes.
  fileprivate func requireCodes(_ shape: [Int]) throws(ShapeError) {
    try require(
      shape.count == 2 && (1...CodeSearch.mostCodes).contains(shape[0]),
      "the codes are not V x C", expected: "1 to \(CodeSearch.mostCodes) codes",
      found: "\(shape)")
  }
}

extension Graph {
  /// The index of the nearest of `codes` (V, C) for each pixel.
  public mutating func codeSearch(_ x: Value, codes: Value) throws -> Value {
    try apply(CodeSearch(), to: [x, codes])
  }

  /// The code of each index.
  public mutating func codeLookup(_ indices: Value, codes: Value) throws -> Value {
    try apply(CodeLookup(), to: [indices, codes])
  }
}
