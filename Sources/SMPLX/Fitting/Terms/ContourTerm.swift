import Compute

/// Vertices on the body's outline against the person's: signed distances, linearised where each vertex
/// was seen when the outline was taken.
package struct ContourTerm: FitTerm {
  package struct Sample: Sendable {
    /// Pixels, where the vertex was seen.
    package var position: SIMD2<Double>
    /// Pixels to the person's outline from there, positive outside, and its gradient.
    package var distance: Double
    package var gradient: SIMD2<Double>
    /// Of the residual, per pixel.
    package var weight: Double
    /// The parameter that says how thick the clothes are there, and pixels a metre of it; nil on skin.
    package var cloth: (index: Int, factor: Double)?

    package init(
      position: SIMD2<Double>, distance: Double, gradient: SIMD2<Double>, weight: Double,
      cloth: (index: Int, factor: Double)? = nil
    ) {
      self.position = position
      self.distance = distance
      self.gradient = gradient
      self.weight = weight
      self.cloth = cloth
    }
  }

  let vertices: FittedVertices
  let samples: [Sample]
  let camera: FitCamera

  /// One sample a vertex.
  package init(vertices: FittedVertices, samples: [Sample], camera: FitCamera) {
    precondition(vertices.ids.count == samples.count)
    self.vertices = vertices
    self.samples = samples
    self.camera = camera
  }

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    let chain = state.chain
    var point = PointDerivative(
      shapeCount: chain.model.shapeCount, wantsDerivatives: system.wantsDerivatives)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * width) { rows in
      guard let rows = rows.baseAddress else { return }
      let row = rows + 3 * width
      for (index, sample) in samples.enumerated() where sample.weight > 0 {
        point.reset()
        point.add(vertex: index, of: vertices, weight: 1, chain)
        let seen = camera.project(point.position)
        var distance = sample.distance + (sample.gradient * (seen - sample.position)).sum()
        if let cloth = sample.cloth { distance += cloth.factor * state.parameters[cloth.index] }
        let residual = sample.weight * distance
        system.add(cost: residual * residual)
        guard system.wantsDerivatives else { continue }
        let (dx, dy) = camera.derivative(point.position)
        let factor = sample.weight * (sample.gradient.x * dx + sample.gradient.y * dy)
        point.write(chain, to: rows)
        for i in 0..<width {
          row[i] =
            factor.x * rows[i] + factor.y * rows[width + i] + factor.z * rows[2 * width + i]
        }
        if let cloth = sample.cloth { row[cloth.index] += sample.weight * cloth.factor }
        system.add(residual: residual, weight: 1, row: row)
      }
    }
  }
}
