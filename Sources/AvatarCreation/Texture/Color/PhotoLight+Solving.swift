import Compute

extension PhotoLight {
  private static let rounds = 6
  /// Pulls the light to none, in samples.
  private static let ridge = 0.02

  /// In the order of the terms.
  @inline(__always)
  static func dot(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> Double {
    let products = a * b
    var sum = 0.0
    for term in 0..<terms { sum += products[term] }
    return sum
  }

  /// Coefficients of the light by reweighted least squares; nil where the equations have no solution.
  static func solve(_ samples: [Sample], materials: Int) -> [Double]? {
    let size = terms + materials
    var weights = [Double](repeating: 1, count: samples.count)
    var residuals = weights
    var solution = [Double](repeating: 0, count: size)
    for _ in 0..<rounds {
      var (matrix, right) = equations(samples, weights, materials: materials)
      guard solveCholesky(&matrix, &right, size) else { return nil }
      solution = right
      let light = SIMD8(solution[..<terms])
      for (index, sample) in samples.enumerated() {
        residuals[index] = abs(
          sample.luminance - dot(sample.basis, light) - solution[terms + sample.material])
      }
      let scale = 1.5 * residuals.selected(residuals.count / 2) + 1e-3
      for index in weights.indices { weights[index] = 1 / max(1, residuals[index] / scale) }
    }
    return Array(solution[..<terms])
  }

  /// The lower triangle of the weighted normal equations, terms before materials, and their right side.
  private static func equations(
    _ samples: [Sample], _ weights: [Double], materials: Int
  ) -> (matrix: [Double], right: [Double]) {
    let size = terms + materials
    var squares = [SIMD8<Double>](repeating: .zero, count: terms)
    var light = SIMD8<Double>.zero
    var mixed = [SIMD8<Double>](repeating: .zero, count: materials)
    var own = [SIMD2<Double>](repeating: .zero, count: materials)
    for (sample, weight) in zip(samples, weights) {
      let value = weight * sample.basis
      for term in 0..<terms { squares[term] += value[term] * sample.basis }
      light += value * sample.luminance
      mixed[sample.material] += value
      own[sample.material] += weight * SIMD2(1, sample.luminance)
    }
    var matrix = [Double](repeating: 0, count: size * size)
    for i in 0..<terms {
      for j in 0...i { matrix[i * size + j] = squares[i][j] }
      matrix[i * size + i] += ridge * Double(samples.count)
    }
    for (material, row) in mixed.enumerated() {
      let at = (terms + material) * size
      for i in 0..<terms { matrix[at + i] = row[i] }
      matrix[at + terms + material] = own[material].x + 1e-3
    }
    return (matrix, (0..<terms).map { light[$0] } + own.map(\.y))
  }
}

extension [Double] {
  /// The value that would be at a place if they were sorted.
  fileprivate func selected(_ place: Int) -> Double {
    var values = self
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (i, j) = (low, high)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if place <= j { high = j } else if place >= i { low = i } else { break }
    }
    return values[place]
  }
}
