import Compute

/// What follows a convolution or a norm and can be done to its sums before they are written:
/// activation((scale x + bias) S + O) by channel, then a residual. S and O come from other nodes.
struct ChannelChain {
  var scale: [Float]
  var bias: [Float]
  /// Nodes that are multiplied and added by channel: N or 1 images of one pixel.
  var factor: Int?
  var offset: Int?
  /// Sums are multiplied by a factor before scale and bias: no other can follow.
  var isDemodulated = false
  var activation = Activation.none
  /// Node that is added at the end.
  var residual: Int?

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

  /// Takes in the node `index`, which reads `previous`, if it fits here.
  ///
  /// - Parameter head: the node whose step computes all: what comes from other nodes is written before.
  mutating func fold(
    _ index: Int, reading previous: Int, from head: Int? = nil, in compiler: inout PlanCompiler
  ) throws -> Bool {
    guard residual == nil, compiler.graph.nodes[index].shape == compiler.graph.nodes[previous].shape
    else { return false }
    if let (norm, operands) = compiler.operation(index, as: BatchNormalization.self) {
      guard activation == .none, !isRunTime, operands[0] == previous,
        operands.dropFirst().allSatisfy({ compiler.isConstant[$0] })
      else { return false }
      let vectors = try operands.dropFirst().map { try compiler.constant($0).elements }
      for channel in scale.indices {
        let deviation = (Double(vectors[1][channel]) + Double(norm.epsilon)).squareRoot()
        let factor = (vectors.count == 4 ? Double(vectors[2][channel]) : 1) / deviation
        let offset = vectors.count == 4 ? Double(vectors[3][channel]) : 0
        bias[channel] = Float(
          (Double(bias[channel]) - Double(vectors[0][channel])) * factor + offset)
        scale[channel] = Float(Double(scale[channel]) * factor)
      }
      return true
    }
    if let (elementwise, _) = compiler.operation(index, as: Elementwise.self) {
      return fold(elementwise.function)
    }
    if let (arithmetic, operands) = compiler.operation(index, as: Arithmetic.self) {
      let other = operands[0] == previous ? operands[1] : operands[0]
      guard activation == .none else { return false }
      guard compiler.isConstant[other] else {
        return takeRunTime(arithmetic.function, other, beside: previous, before: head, compiler)
      }
      if isRunTime { return false }
      return try fold(
        arithmetic.function, compiler.constant(other), isSecond: operands[0] == previous)
    }
    return false
  }

  private mutating func fold(_ function: Elementwise.Function) -> Bool {
    guard activation == .none else { return false }
    switch function {
    case .leakyReLU(let slope, let gain): activation = .leakyReLU(slope: slope, gain: gain)
    case .tanh: activation = .tanh
    case .sigmoid: activation = .sigmoid
    case .silu: activation = .silu
    case .affine(let factor, let offset):
      if isRunTime { return false }
      for channel in scale.indices {
        scale[channel] *= factor
        bias[channel] = bias[channel] * factor + offset
      }
    default: return false
    }
    return true
  }

  private var isRunTime: Bool { factor != nil || offset != nil }

  /// Takes a factor or an offset that another node computes, one a channel.
  private mutating func takeRunTime(
    _ function: Arithmetic.Function, _ other: Int, beside previous: Int, before head: Int?,
    _ compiler: PlanCompiler
  ) -> Bool {
    let (own, shape) = (compiler.graph.nodes[other].shape, compiler.graph.nodes[previous].shape)
    guard let head, other < head, other != previous, own.count == 4, shape.count == 4,
      own[1] == shape[1], own[2...] == [1, 1], own[0] == shape[0] || own[0] == 1
    else { return false }
    switch function {
    case .multiply where !isRunTime && !isDemodulated: factor = other
    case .add where offset == nil: offset = other
    default: return false
    }
    return true
  }

  /// - Parameter isSecond: the constant is the right operand.
  private mutating func fold(
    _ function: Arithmetic.Function, _ constant: Tensor, isSecond: Bool
  ) -> Bool {
    // By channel, or one value: (1, C, 1, 1), (C, 1, 1), (1), ...
    let channels = scale.count
    let shape = Array(constant.shape.reversed())
    let byChannel =
      shape.count >= 3 && shape[0] == 1 && shape[1] == 1 && shape[2] == channels
      && constant.count == channels
    guard byChannel || constant.count == 1 else { return false }
    for channel in scale.indices {
      let value = constant[constant.count == 1 ? 0 : channel]
      switch function {
      case .add: bias[channel] += value
      case .subtract where isSecond: bias[channel] -= value
      case .multiply:
        scale[channel] *= value
        bias[channel] *= value
      case .divide where isSecond:
        scale[channel] /= value
        bias[channel] /= value
      default: return false
      }
    }
    return true
  }
}

extension PlanCompiler {
  /// Takes in the nodes that follow `index` as long as each is the only reader of the one before it;
  /// returns the last one.
  mutating func extend(
    _ chain: inout ChannelChain, from index: Int, takesResidual: Bool, takesFactors: Bool = true
  ) throws -> Int {
    var last = index
    while let next = onlyConsumer(of: last) {
      if try chain.fold(next, reading: last, from: takesFactors ? index : nil, in: &self) {
        absorb(next)
        last = next
      } else if takesResidual, chain.activation == .none, chain.residual == nil,
        let other = residual(next, beside: last)
      {
        chain.residual = other
        absorb(next)
        last = next
      } else {
        break
      }
    }
    return last
  }

  /// The image of the same size that a node adds to `index`, if it was computed before.
  private func residual(_ node: Int, beside index: Int) -> Int? {
    guard let (arithmetic, operands) = operation(node, as: Arithmetic.self),
      arithmetic.function == .add
    else { return nil }
    let other = operands[0] == index ? operands[1] : operands[0]
    guard other != index, other < index, !isConstant[other],
      graph.nodes[other].shape == graph.nodes[index].shape
    else { return nil }
    return other
  }
}
