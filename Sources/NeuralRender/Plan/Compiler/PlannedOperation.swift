import Compute

/// An operation that plans compute with steps of their own.
///
/// Beside its shape rule and its scalar twin an operation says here what computes it; the compiler knows no
/// operation by name. What has no kernel in some case is computed by the twin (`ReferenceStep`).
protocol PlannedOperation: Operation {
  /// Appends the steps that compute a node, or defines it as a view of what it reads.
  ///
  /// - Parameters:
  ///   - node: a node that depends on inputs.
  ///   - operands: the nodes that it reads; they are written by earlier steps, or constant.
  /// - Returns: false, nothing appended, where no kernel fits.
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool
}
