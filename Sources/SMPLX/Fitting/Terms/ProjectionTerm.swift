import Compute

/// A pinhole camera of a fit; the axes of the camera are those of the world.
package struct FitCamera: Sendable {
  /// Pixels.
  package var focalLength: Double
  package var principalPoint: SIMD2<Double>

  package init(focalLength: Double, principalPoint: SIMD2<Double>) {
    self.focalLength = focalLength
    self.principalPoint = principalPoint
  }

  /// Nearer points are seen as if they were here, metres.
  static let near = 0.05

  package func project(_ p: SIMD3<Double>) -> SIMD2<Double> {
    focalLength / max(p.z, Self.near) * SIMD2(p.x, p.y) + principalPoint
  }

  /// How the picture's x and y change with the point.
  package func derivative(_ p: SIMD3<Double>) -> (x: SIMD3<Double>, y: SIMD3<Double>) {
    let inverse = 1 / max(p.z, Self.near)
    let scale = focalLength * inverse
    return (
      SIMD3(scale, 0, -scale * p.x * inverse), SIMD3(0, scale, -scale * p.y * inverse)
    )
  }
}

/// Points of the body against where they are seen in the picture.
package struct ProjectionTerm: FitTerm {
  package struct Target: Sendable {
    /// Of the problem's followed points.
    package var point: Int
    /// Pixels.
    package var position: SIMD2<Double>
    /// Of the residual, 0 to 1.
    package var weight: Double

    package init(point: Int, position: SIMD2<Double>, weight: Double) {
      self.point = point
      self.position = position
      self.weight = weight
    }
  }

  var targets: [Target]
  var camera: FitCamera
  /// Pixels.
  var sigma: Double
  /// In sigmas, before weighting.
  var huber = Huber(limit: 3)

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width) { rows in
      guard let row = rows.baseAddress else { return }
      for target in targets where target.weight > 0 {
        let place = state.positions[target.point]
        let residual = (camera.project(place) - target.position) / sigma
        let length = (residual * residual).sum().squareRoot()
        let square = target.weight * target.weight
        let (cost, weight) = huber(length)
        system.add(cost: square * cost)
        guard system.wantsDerivatives else { continue }
        let (dx, dy) = camera.derivative(place)
        row.update(repeating: 0, count: 2 * width)
        state.accumulate(target.point, dx / sigma, to: row)
        state.accumulate(target.point, dy / sigma, to: row + width)
        system.add(residual: residual.x, weight: square * weight, row: row)
        system.add(residual: residual.y, weight: square * weight, row: row + width)
      }
    }
  }
}
