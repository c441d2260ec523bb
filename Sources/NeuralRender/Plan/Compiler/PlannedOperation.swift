import Compute

/// An operation that plans compute with steps of their own.
///
/// Beside its shape rule and its scalar twin an operation says here what computes it and what others may do
/// with it; the compiler knows no operation by name. What has no kernel in some case is computed by the twin
/// (`ReferenceStep`).
protocol PlannedOperation: Operation {
  /// Appends the steps that compute a node, or defines it as a view of what it reads.
  ///
  /// - Parameters:
  ///   - node: a node that depends on inputs.
  ///   - operands: the nodes that it reads; they are written by earlier steps, or constant.
  /// - Returns: false, nothing appended, where no kernel fits.
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool

  /// Adds what it does to the value of `previous` to a chain, where that is the same for all pixels of a
  /// channel and known beforehand.
  ///
  /// - Returns: false, the chain as it was, where it does anything else.
  func fold(
    _ operands: [Int], reading previous: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool

  /// How it combines its two operands, if it does that.
  var arithmetic: Arithmetic.Function? { get }

  /// Whether its value is the channels of its operands, one after the other.
  var joinsChannels: Bool { get }

  /// Whether it is an image of this shape, doubled bilinearly.
  func doubles(_ image: [Int]) -> Bool

  /// How it enlarges an image of this shape, if that is something a transform of tiles can do on its way.
  func enlargement(of image: [Int]) -> Enlargement

  /// Whether a kernel computes it from the image that its first operand doubles.
  func takesDoubled(_ operands: [Int], in compiler: PlanCompiler) -> Bool

  /// Whether a kernel computes it from bytes, one quantization for each image of `convolutionSources`.
  func takesBytes(_ operands: [Int], in compiler: PlanCompiler) -> Bool

  /// Its value, once and for all, of operands that no input changes.
  func folded(_ operands: [Tensor], on pool: WorkerPool) throws -> Tensor
}

extension PlannedOperation {
  func fold(
    _ operands: [Int], reading previous: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool { false }
  var arithmetic: Arithmetic.Function? { nil }
  var joinsChannels: Bool { false }
  func doubles(_ image: [Int]) -> Bool { false }
  func enlargement(of image: [Int]) -> Enlargement { .none }
  func takesDoubled(_ operands: [Int], in compiler: PlanCompiler) -> Bool { false }
  func takesBytes(_ operands: [Int], in compiler: PlanCompiler) -> Bool { false }
}
