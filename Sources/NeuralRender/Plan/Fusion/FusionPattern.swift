import Compute

/// The ways in which a node becomes part of the step before it, in the order in which they are tried.
enum FusionPattern: CaseIterable {
  /// Functions, and arithmetic with constants of each channel: `PlannedOperation.fold`.
  case constants
  /// A factor or an offset of each channel that another node computes.
  case factors
  /// An image of one channel that is added to all channels (StyleGAN2's noise).
  case pixels
  /// An image of the same size that is added at the end.
  case residual

  /// Takes a node into the chain, if it fits.
  ///
  /// - Parameters:
  ///   - previous: the node that the chain ends with, which only `node` reads.
  ///   - head: the node whose step computes all: what comes from other nodes is written before.
  func take(
    _ node: Int, after previous: Int, of head: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool {
    let isOpen = chain.residual == nil || (self == .constants && chain.takesActivationLast)
    guard isOpen, compiler.shape(node) == compiler.shape(previous),
      let (operation, operands) = compiler.planned(node)
    else { return false }
    if self == .constants {
      return try operation.fold(operands, reading: previous, into: &chain, in: &compiler)
    }
    guard chain.activation == .none, let function = operation.arithmetic else { return false }
    let other = operands[0] == previous ? operands[1] : operands[0]
    guard other != previous, other < head || compiler.isConstant(other) else { return false }
    switch self {
    case .constants: return false
    case .factors:
      return !compiler.isConstant(other)
        && chain.takeFactor(function, other, of: compiler.shape(other), to: compiler.shape(node))
    case .pixels:
      return function == .add
        && chain.takePixels(other, of: compiler.shape(other), to: compiler.shape(node))
    case .residual:
      guard function == .add, !compiler.isConstant(other),
        compiler.shape(other) == compiler.shape(node)
      else { return false }
      chain.residual = other
      return true
    }
  }
}

extension PlanCompiler {
  /// Takes in the nodes that follow `head` as long as each is the only reader of the one before it and
  /// matches a pattern; returns the last one.
  ///
  /// - Parameter start: the last node that the chain has taken already; nil for the head.
  mutating func extend(
    _ chain: inout ChannelChain, from head: Int, after start: Int? = nil,
    by patterns: Set<FusionPattern>
  ) throws -> Int {
    var last = start ?? head
    while let next = analysis.onlyConsumer(of: last),
      try take(next, after: last, of: head, into: &chain, by: patterns)
    {
      absorb(next)
      last = next
    }
    return last
  }

  private mutating func take(
    _ node: Int, after previous: Int, of head: Int, into chain: inout ChannelChain,
    by patterns: Set<FusionPattern>
  ) throws -> Bool {
    for pattern in FusionPattern.allCases where patterns.contains(pattern) {
      if try pattern.take(node, after: previous, of: head, into: &chain, in: &self) {
        return true
      }
    }
    return false
  }
}
