import Compute

/// Directions between points of the body against those of the network's world points.
package struct DirectionTerm: FitTerm {
  package struct Bone: Sendable {
    /// Of the problem's followed points.
    package var from, to: Int
    /// A unit vector in the axes of the camera.
    package var direction: SIMD3<Double>
    /// Of the difference, per axis.
    package var sigma: SIMD3<Double>
    package var weight: Double

    package init(
      from: Int, to: Int, direction: SIMD3<Double>, sigma: SIMD3<Double>, weight: Double
    ) {
      self.from = from
      self.to = to
      self.direction = direction
      self.sigma = sigma
      self.weight = weight
    }
  }

  var bones: [Bone]
  /// Of the weighted difference's length.
  var huber = Huber()

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { row in
      guard let row = row.baseAddress else { return }
      for bone in bones where bone.weight > 0 {
        let difference = state.positions[bone.to] - state.positions[bone.from]
        let length = difference.length
        guard length > 1e-6 else { continue }
        let unit = difference / length
        let residual = bone.weight * (unit - bone.direction) / bone.sigma
        let (cost, weight) = huber(residual.length)
        system.add(cost: cost)
        guard system.wantsDerivatives else { continue }
        for axis in 0..<3 {
          var e = SIMD3<Double>.zero
          e[axis] = 1
          // d(unit) = (I - u u^T) d(difference) / length
          let factor = (e - unit[axis] * unit) * (bone.weight / (bone.sigma[axis] * length))
          row.update(repeating: 0, count: width)
          state.accumulate(bone.to, factor, to: row)
          state.accumulate(bone.from, -factor, to: row)
          system.add(residual: residual[axis], weight: weight, row: row)
        }
      }
    }
  }
}
