import Compute

/// How much of a line's length goes away from the camera, for lines between points of the body.
///
/// What a picture does not show and standing people have in common: trunk and legs upright.
package struct DepthShareTerm: FitTerm {
  package struct Line: Sendable {
    /// Sum of factor times position: the line as a vector.
    package var points: [(point: Int, factor: Double)]
    package var factor = 1.0

    package init(_ points: [(point: Int, factor: Double)], factor: Double = 1) {
      self.points = points
      self.factor = factor
    }
  }

  package struct Row: Sendable {
    /// Sum over the lines of factor times depth / length, minus `target`, over `sigma`.
    package var lines: [Line]
    package var target = 0.0
    package var sigma: Double
    var huber = Huber()

    package init(
      _ lines: [Line], target: Double = 0, sigma: Double, huber: Double = .infinity
    ) {
      self.lines = lines
      self.target = target
      self.sigma = sigma
      self.huber = Huber(limit: huber)
    }
  }

  var rows: [Row]

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { derivatives in
      guard let derivative = derivatives.baseAddress else { return }
      for row in rows {
        derivative.update(repeating: 0, count: width)
        var sum = -row.target
        for line in row.lines {
          var vector = SIMD3<Double>.zero
          for (point, factor) in line.points { vector += factor * state.positions[point] }
          let length = vector.length
          guard length > 1e-6 else { continue }
          let unit = vector / length
          sum += line.factor * unit.z
          guard system.wantsDerivatives else { continue }
          let change = (SIMD3(0, 0, 1) - unit.z * unit) * (line.factor / (length * row.sigma))
          for (point, factor) in line.points {
            state.accumulate(point, factor * change, to: derivative)
          }
        }
        let residual = sum / row.sigma
        let (cost, weight) = row.huber(abs(residual))
        system.add(cost: cost)
        if system.wantsDerivatives {
          system.add(residual: residual, weight: weight, row: derivative)
        }
      }
    }
  }
}
