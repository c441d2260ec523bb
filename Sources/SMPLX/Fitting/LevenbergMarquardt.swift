import Compute

/// Levenberg-Marquardt with the damping on the diagonal (Marquardt 1963): less of it after a step that
/// lowers the cost, more after one that does not.
package struct LevenbergMarquardt: Sendable {
  package var damping = 1e-2
  /// Stops when a step lowers the cost by less than this share.
  package var tolerance = 1e-4
  package init() {}

  package struct Result: Sendable {
    package var cost: Double
    package var iterations: Int
    /// Whether it stopped for the tolerance or because no step lowers the cost.
    package var hasConverged: Bool
  }

  /// Lowers the cost over the `free` parameters; the others stay.
  package func minimize(
    _ problem: FitProblem, _ parameters: inout [Double], free: [Int], iterations: Int
  ) -> Result {
    var lambda = damping
    var cost = problem.system(parameters, wantsDerivatives: false).cost
    for iteration in 0..<iterations {
      let system = problem.system(parameters, wantsDerivatives: true)
      var improved: (parameters: [Double], cost: Double)?
      for _ in 0..<6 {
        if let step = system.step(free: free, damping: lambda) {
          let trial = zip(parameters, step).map { $0 + $1 }
          let trialCost = problem.system(trial, wantsDerivatives: false).cost
          if trialCost < cost {
            improved = (trial, trialCost)
            break
          }
        }
        lambda *= 5
      }
      guard let improved else {
        return Result(cost: cost, iterations: iteration + 1, hasConverged: true)
      }
      let gain = (cost - improved.cost) / cost
      (parameters, cost) = improved
      lambda = max(lambda / 4, 1e-6)
      if gain < tolerance {
        return Result(cost: cost, iterations: iteration + 1, hasConverged: true)
      }
    }
    return Result(cost: cost, iterations: iterations, hasConverged: false)
  }
}
