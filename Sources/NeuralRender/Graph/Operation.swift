import Compute

/// One kind of node of a graph: how its output's shape follows from its inputs, and what it computes.
///
/// Conforming types are plain structures of their options (stride, axis, ...); everything that varies
/// with the data, weights included, is an input. What computes it in plans is `PlannedOperation`.
public protocol Operation: Sendable {
  /// What errors and profiles call it: "convolution".
  var name: String { get }

  /// Shape of the output.
  ///
  /// Throws what is wrong about the inputs' shapes. Their number may vary where inputs are optional.
  func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int]

  /// The output computed the obvious way, with sums in double precision: the oracle of every faster
  /// kernel. The inputs' shapes are such that `outputShape` accepts them.
  func reference(_ inputs: [Tensor]) -> Tensor

  /// The input that it takes the root of, which must not be negative in any file; nil for none.
  var varianceInput: Int? { get }
}

extension Operation {
  public var varianceInput: Int? { nil }
}

/// What is wrong about the shapes of an operation's inputs; the graph adds where.
public struct ShapeError: Error {
  let what: String
  let expected: String?
  let found: String?

  init(_ what: String, expected: String? = nil, found: String? = nil) {
    self.what = what
    self.expected = expected
    self.found = found
  }
}

/// Throws `error` unless `condition` holds.
func require(
  _ condition: Bool, _ what: @autoclosure () -> String,
  expected: @autoclosure () -> String? = nil, found: @autoclosure () -> String? = nil
) throws(ShapeError) {
  if !condition { throw ShapeError(what(), expected: expected(), found: found()) }
}

extension Operation {
  /// Throws unless there are as many inputs as `allowed` says.
  func requireInputs(_ inputs: [[Int]], _ allowed: ClosedRange<Int>) throws(ShapeError) {
    try require(
      allowed.contains(inputs.count), "the number of inputs is wrong",
      expected: allowed.count == 1 ? "\(allowed.lowerBound)" : "\(allowed)",
      found: "\(inputs.count)")
  }

  /// Throws unless an input has four axes.
  func requireImage(_ shape: [Int], _ what: String = "the input") throws(ShapeError) {
    try require(shape.count == 4, "\(what) is not N x C x H x W", found: "\(shape)")
  }
}
