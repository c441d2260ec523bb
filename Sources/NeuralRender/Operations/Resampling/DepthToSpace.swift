import Compute

/// Channels spread over blocks of pixels.
///
/// Input: N x C r r x H x W with r = `factor`. Output: N x C x H r x W r, where channel c of pixel
/// (h r + i, w r + j) is the channel of pixel (h, w) that `order` says.
public struct DepthToSpace: Operation {
  public enum Order: Sendable, Hashable {
    /// (c r + i) r + j, as `torch.nn.functional.pixel_shuffle`.
    case channelFirst
    /// (i r + j) C + c, as `tf.nn.depth_to_space`.
    case blockFirst
  }

  public let factor: Int
  public let order: Order
  public var name: String { "depth to space" }

  public init(factor: Int, order: Order = .channelFirst) {
    precondition(factor > 0)
    self.factor = factor
    self.order = order
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    try requireImage(x)
    let block = MemoryBudget.product(factor, factor)
    try require(
      x[1] % block == 0, "the channels do not fill blocks of \(factor) x \(factor) pixels",
      expected: "a multiple of \(block)", found: "\(x[1])")
    return [
      x[0], x[1] / block, MemoryBudget.product(x[2], factor), MemoryBudget.product(x[3], factor),
    ]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0]
    let shape = Self.accepted { () throws(ShapeError) in try outputShape([x.shape]) }
    let strides = Indexing.strides(x.shape)
    return Tensor(shape: shape) { position in
      let (row, column) = (position[2] % factor, position[3] % factor)
      let channel =
        switch order {
        case .channelFirst: (position[1] * factor + row) * factor + column
        case .blockFirst: (row * factor + column) * shape[1] + position[1]
        }
      return x[
        Indexing.offset(
          [position[0], channel, position[2] / factor, position[3] / factor], strides)]
    }
  }
}

/// Blocks of pixels gathered into channels, as `torch.nn.functional.pixel_unshuffle`: the inverse of
/// `DepthToSpace`.
///
/// Input: N x C x H r x W r with r = `factor`. Output: N x C r r x H x W.
public struct SpaceToDepth: Operation {
  public let factor: Int
  public var name: String { "space to depth" }

  public init(factor: Int) {
    precondition(factor > 0)
    self.factor = factor
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    try requireImage(x)
    try require(
      x[2] % factor == 0 && x[3] % factor == 0, "the image does not consist of whole blocks",
      expected: "multiples of \(factor)", found: "\(x[2]) x \(x[3])")
    let block = MemoryBudget.product(factor, factor)
    return [x[0], MemoryBudget.product(x[1], block), x[2] / factor, x[3] / factor]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0]
    let shape = Self.accepted { () throws(ShapeError) in try outputShape([x.shape]) }
    let strides = Indexing.strides(x.shape)
    return Tensor(shape: shape) { position in
      let (channel, place) = position[1].quotientAndRemainder(dividingBy: factor * factor)
      let row = position[2] * factor + place / factor
      let column = position[3] * factor + place % factor
      return x[Indexing.offset([position[0], channel, row, column], strides)]
    }
  }
}

extension Graph {
  /// Every `factor` x `factor` channels as a block of pixels.
  public mutating func depthToSpace(
    _ x: Value, factor: Int, order: DepthToSpace.Order = .channelFirst
  ) throws -> Value {
    try apply(DepthToSpace(factor: factor, order: order), to: [x])
  }

  /// Every block of `factor` x `factor` pixels as channels.
  public mutating func spaceToDepth(_ x: Value, factor: Int) throws -> Value {
    try apply(SpaceToDepth(factor: factor), to: [x])
  }
}
