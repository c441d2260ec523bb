import Compute

/// StyleGAN2's resampling filter: insert zeros, pad, convolve with a kernel, keep every n-th sample.
///
/// Inputs: image (N, C, H, W), kernel (kh, kw) with its gain, as stored; it is flipped (a true
/// convolution). `up - 1` zeros follow each sample, the last one included; padding is before (left and
/// top) and after (right and bottom), negative crops. Output height:
/// (H up + before + after - kh) / down + 1.
public struct UpFIRDown: Operation {
  public let up: Int
  public let down: Int
  public let before: Int
  public let after: Int
  public var name: String { "up-fir-down" }

  public init(up: Int = 1, down: Int = 1, before: Int, after: Int) {
    precondition(up > 0 && down > 0)
    self.up = up
    self.down = down
    self.before = before
    self.after = after
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (x, kernel) = (inputs[0], inputs[1])
    try requireImage(x)
    try require(kernel.count == 2, "the kernel is not a matrix", found: "\(kernel)")
    let height = x[2] * up + before + after - kernel[0]
    let width = x[3] * up + before + after - kernel[1]
    try require(
      height >= 0 && width >= 0, "the image is smaller than the kernel", expected: "\(kernel)",
      found: "\(x[2]) x \(x[3])")
    return [x[0], x[1], height / down + 1, width / down + 1]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let (x, k) = (inputs[0].elements, inputs[1].elements)
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    let (rows, columns) = (inputs[1].shape[0], inputs[1].shape[1])
    return Tensor(shape: shape) { position in
      let plane = (position[0] * channels + position[1]) * height * width
      var sum = 0.0
      for row in 0..<rows {
        let y = position[2] * down + row - before
        guard y >= 0, y % up == 0, y / up < height else { continue }
        for column in 0..<columns {
          let xx = position[3] * down + column - before
          guard xx >= 0, xx % up == 0, xx / up < width else { continue }
          let tap = k[(rows - 1 - row) * columns + columns - 1 - column]
          sum += Double(x[plane + y / up * width + xx / up]) * Double(tap)
        }
      }
      return Float(sum)
    }
  }
}

extension Graph {
  /// Resampling with a stored kernel; see `UpFIRDown`.
  public mutating func upFIRDown(
    _ x: Value, kernel: Value, up: Int = 1, down: Int = 1, before: Int, after: Int
  ) throws -> Value {
    try apply(UpFIRDown(up: up, down: down, before: before, after: after), to: [x, kernel])
  }
}
