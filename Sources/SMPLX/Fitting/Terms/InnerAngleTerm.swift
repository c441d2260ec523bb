import Compute

/// Bends of knees and elbows against those of the network's world points, which hold when the whole
/// body leans wrongly.
package struct InnerAngleTerm: FitTerm {
  package struct Bend: Sendable {
    /// Of the problem's followed points: above, at and below the joint.
    package var points: (Int, Int, Int)
    /// Cosine of the angle between the two bones: 1 is straight.
    package var cosine: Double
    package var weight: Double

    package init(points: (Int, Int, Int), cosine: Double, weight: Double) {
      self.points = points
      self.cosine = cosine
      self.weight = weight
    }
  }

  var bends: [Bend]
  var sigma = 0.15

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { row in
      guard let row = row.baseAddress else { return }
      for bend in bends where bend.weight > 0 {
        let (a, b, c) = bend.points
        let upper = state.positions[b] - state.positions[a]
        let lower = state.positions[c] - state.positions[b]
        let (m, n) = (upper.length, lower.length)
        guard m > 1e-6, n > 1e-6 else { continue }
        let (u, v) = (upper / m, lower / n)
        let cosine = u.dot(v)
        let scale = bend.weight / sigma
        let residual = scale * (cosine - bend.cosine)
        system.add(cost: residual * residual)
        guard system.wantsDerivatives else { continue }
        let du = (v - cosine * u) * (scale / m)
        let dv = (u - cosine * v) * (scale / n)
        row.update(repeating: 0, count: width)
        state.accumulate(b, du - dv, to: row)
        state.accumulate(a, -du, to: row)
        state.accumulate(c, dv, to: row)
        system.add(residual: residual, weight: 1, row: row)
      }
    }
  }
}
