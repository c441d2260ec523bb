import Compute

/// The sum of squares of a least-squares problem and, if wanted, its Gauss-Newton system: H, the sum of
/// the outer products of the residuals' derivatives, and the gradient g.
package struct NormalEquations {
  package let count: Int
  package let wantsDerivatives: Bool
  package private(set) var cost = 0.0
  /// (count, count), the lower triangle.
  private(set) var matrix: [Double]
  private(set) var gradient: [Double]

  package init(count: Int, wantsDerivatives: Bool) {
    self.count = count
    self.wantsDerivatives = wantsDerivatives
    matrix = [Double](repeating: 0, count: wantsDerivatives ? count * count : 0)
    gradient = [Double](repeating: 0, count: wantsDerivatives ? count : 0)
  }

  /// Adds what a robust residual costs beyond its weighted square.
  package mutating func add(cost: Double) { self.cost += cost }

  /// Adds a residual.
  ///
  /// - Parameters:
  ///   - weight: of its square in the system; the cost is added by the caller.
  ///   - row: its derivatives by all parameters.
  package mutating func add(
    residual: Double, weight: Double, row: UnsafePointer<Double>
  ) {
    let count = count
    matrix.withUnsafeMutableBufferPointer { matrix in
      guard let base = matrix.baseAddress else { return }
      for i in 0..<count where row[i] != 0 {
        let factor = weight * row[i]
        let target = base + i * count
        for j in 0...i { target[j] += factor * row[j] }
      }
    }
    gradient.withUnsafeMutableBufferPointer { gradient in
      for i in 0..<count { gradient[i] += weight * residual * row[i] }
    }
  }

  /// Adds a residual that depends on few parameters.
  package mutating func add(
    residual: Double, weight: Double, entries: [(index: Int, derivative: Double)]
  ) {
    for a in entries {
      gradient[a.index] += weight * residual * a.derivative
      for b in entries where b.index <= a.index {
        matrix[a.index * count + b.index] += weight * a.derivative * b.derivative
      }
    }
  }

  /// The step that solves (H + damping diag(H)) step = -g over some parameters; zero for the rest.
  ///
  /// - Returns: nil if the matrix is not positive definite.
  func step(free: [Int], damping: Double) -> [Double]? {
    let n = free.count
    var factor = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let (a, b) = (max(free[i], free[j]), min(free[i], free[j]))
        factor[i * n + j] = matrix[a * count + b]
      }
      factor[i * n + i] += damping * (factor[i * n + i] + 1e-6)
    }
    var solution = free.map { -gradient[$0] }
    guard solveCholesky(&factor, &solution, n) else { return nil }
    var step = [Double](repeating: 0, count: count)
    for (index, parameter) in free.enumerated() { step[parameter] = solution[index] }
    return step
  }
}
