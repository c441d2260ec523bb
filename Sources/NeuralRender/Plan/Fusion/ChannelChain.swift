import Compute

/// What follows a convolution or a norm and can be done to its sums before they are written:
/// activation((scale x + bias) S + O + P), then a residual, or the activation of the sum with the residual. S
/// and O are by channel, P by pixel; they come from other nodes.
struct ChannelChain {
  var scale: [Float]
  var bias: [Float]
  /// Nodes that are multiplied and added by channel: N or 1 images of one pixel.
  var factor: Int?
  var offset: Int?
  /// Node that is added by pixel: N or 1 images of one channel.
  var pixels: Int?
  /// Channels are the last axis of rows, not axis 1.
  var isLastAxis = false
  /// Sums are multiplied by a factor before scale and bias: no other can follow.
  var isDemodulated = false
  var activation = Activation.none
  /// Node that is added at the end.
  var residual: Int?
  /// The kernel can add the residual before the activation.
  var takesActivationLast = false
  /// It does.
  private(set) var addsResidualFirst = false

  init(channels: Int) {
    scale = [Float](repeating: 1, count: channels)
    bias = [Float](repeating: 0, count: channels)
  }

  /// The chain of some of the channels.
  func part(from first: Int, count: Int) -> ChannelChain {
    var result = self
    result.scale = Array(scale[first..<first + count])
    result.bias = Array(bias[first..<first + count])
    return result
  }

  /// Whether nothing has been taken yet that other nodes compute by channel: constants may follow.
  private var isConstant: Bool { factor == nil && offset == nil }

  // MARK: What is known beforehand

  /// scale x + bias becomes (scale x + bias) factor + offset.
  ///
  /// - Parameter change: the new scale and bias of a channel.
  mutating func fold(
    _ change: (_ channel: Int, _ scale: Float, _ bias: Float) -> (scale: Float, bias: Float)
  ) -> Bool {
    guard activation == .none, isConstant, pixels == nil, residual == nil else { return false }
    for channel in scale.indices {
      (scale[channel], bias[channel]) = change(channel, scale[channel], bias[channel])
    }
    return true
  }

  /// Takes a function, if no other has been taken.
  mutating func fold(_ function: Activation) -> Bool {
    guard activation == .none, residual == nil || takesActivationLast else { return false }
    activation = function
    addsResidualFirst = residual != nil
    return true
  }

  /// Takes arithmetic with a constant: by channel, or one value.
  ///
  /// - Parameter isSecond: the constant is the right operand.
  mutating func fold(
    _ function: Arithmetic.Function, _ constant: Tensor, isSecond: Bool
  ) -> Bool {
    guard activation == .none, isConstant, residual == nil else { return false }
    // (1, C, 1, 1), (C, 1, 1), (1), ...
    let channels = scale.count
    let shape = Array(constant.shape.reversed())
    let byChannel =
      !isLastAxis && shape.count >= 3 && shape[0] == 1 && shape[1] == 1 && shape[2] == channels
      && constant.count == channels
    guard byChannel || constant.count == 1 else { return false }
    func value(_ channel: Int) -> Float { constant[constant.count == 1 ? 0 : channel] }
    switch function {
    case .add: for channel in scale.indices { bias[channel] += value(channel) }
    case .subtract where isSecond: for channel in scale.indices { bias[channel] -= value(channel) }
    case .multiply: return fold { ($1 * value($0), $2 * value($0)) }
    case .divide where isSecond: return fold { ($1 / value($0), $2 / value($0)) }
    default: return false
    }
    return true
  }

  // MARK: What other nodes compute

  /// Takes a factor or an offset of each channel.
  mutating func takeFactor(
    _ function: Arithmetic.Function, _ node: Int, of own: [Int], to shape: [Int]
  ) -> Bool {
    guard own.count == 4, shape.count == 4, own[1] == shape[1], own[2...] == [1, 1],
      own[0] == shape[0] || own[0] == 1
    else { return false }
    switch function {
    case .multiply where isConstant && pixels == nil && !isDemodulated: factor = node
    case .add where offset == nil: offset = node
    default: return false
    }
    return true
  }

  /// Takes an offset of each pixel.
  mutating func takePixels(_ node: Int, of own: [Int], to shape: [Int]) -> Bool {
    guard pixels == nil, own.count == 4, shape.count == 4, shape[1] > 1, own[1] == 1,
      own[2...] == shape[2...], own[2...] != [1, 1], own[0] == shape[0] || own[0] == 1
    else { return false }
    pixels = node
    return true
  }
}
