import Compute

/// Residuals that are linear in the parameters: priors, couplings between joints, limits.
package struct ParameterTerm: FitTerm {
  package struct Row: Sendable {
    /// Sum of factor times parameter, minus `target`, over `sigma`.
    package var factors: [(index: Int, factor: Double)]
    package var target = 0.0
    package var sigma: Double
    package var side = Side.both
    /// In sigmas.
    var huber = Huber()

    package init(
      _ factors: [(index: Int, factor: Double)], target: Double = 0, sigma: Double,
      side: Side = .both, huber: Double = .infinity
    ) {
      self.factors = factors
      self.target = target
      self.sigma = sigma
      self.side = side
      self.huber = Huber(limit: huber)
    }
  }

  package enum Side: Sendable {
    case both
    /// Costs only above the target, or only below it.
    case above, below
  }

  package var rows: [Row]

  package init(_ rows: [Row]) { self.rows = rows }

  package func add(_ state: FitState, to system: inout NormalEquations) {
    for row in rows {
      var sum = -row.target
      for (index, factor) in row.factors { sum += factor * state.parameters[index] }
      switch row.side {
      case .both: break
      case .above: if sum <= 0 { continue }
      case .below: if sum >= 0 { continue }
      }
      let residual = sum / row.sigma
      let (cost, weight) = row.huber(abs(residual))
      system.add(cost: cost)
      guard system.wantsDerivatives else { continue }
      system.add(
        residual: residual, weight: weight,
        entries: row.factors.map { ($0.index, $0.factor / row.sigma) })
    }
  }
}
