/// Solves A x = b for a sparse symmetric positive definite matrix by conjugate gradients, several right-hand
/// sides at once.
///
/// Source: Hestenes and Stiefel 1952, preconditioned by the diagonal. Right-hand sides go in lanes of four
/// that share the reading of the matrix; each lane has step lengths of its own.
public struct ConjugateGradients: Sendable {
  public struct Solution: Sendable {
    /// (n, k) row by row, like the right-hand sides.
    public var values: [Double]
    /// Of the lanes that took longest.
    public var iterations: Int
    /// The largest |A x - b| / |b| over the right-hand sides.
    public var residual: Double
  }

  private let matrix: SparseSymmetricMatrix
  private let inverseDiagonal: [Double]

  /// - Parameter matrix: positive definite; its diagonal is checked.
  public init(_ matrix: SparseSymmetricMatrix) {
    self.matrix = matrix
    inverseDiagonal = matrix.diagonal.map {
      precondition($0 > 0, "the matrix is not positive definite")
      return 1 / $0
    }
  }

  /// - Parameters:
  ///   - rightHandSides: (n, k) row by row.
  ///   - columns: k.
  ///   - start: (n, k), a guess; nil begins with zeros.
  ///   - tolerance: of |A x - b| / |b|, for each right-hand side.
  ///   - pool: groups of four right-hand sides are shared among its threads; the bytes do not depend on it.
  public func solve(
    _ rightHandSides: [Double], columns: Int = 1, start: [Double]? = nil,
    tolerance: Double = 1e-6, iterations: Int = 1000, pool: WorkerPool? = nil
  ) -> Solution {
    let size = matrix.size
    precondition(columns > 0 && rightHandSides.count == size * columns)
    precondition(start.map { $0.count == rightHandSides.count } ?? true)
    var solution = Solution(
      values: start ?? [Double](repeating: 0, count: rightHandSides.count), iterations: 0,
      residual: 0)
    let groups = (columns + 3) / 4
    var taken = [Int](repeating: 0, count: groups)
    var residuals = [Double](repeating: 0, count: groups)
    solution.values.withUnsafeMutableBufferPointer { values in
      taken.withUnsafeMutableBufferPointer { taken in
        residuals.withUnsafeMutableBufferPointer { residuals in
          // Groups write to their own lanes.
          nonisolated(unsafe) let (values, taken, residuals) = (values, taken, residuals)
          let solveGroup: WorkerPool.Body = { group, _ in
            let lanes = 4 * group..<min(4 * group + 4, columns)
            var x = AlignedLanes(values, columns: columns, lanes: lanes)
            let b = rightHandSides.withUnsafeBufferPointer {
              AlignedLanes($0, columns: columns, lanes: lanes)
            }
            (taken[group], residuals[group]) = iterate(
              b, &x, tolerance: tolerance, limit: iterations)
            for row in 0..<size {
              for lane in lanes {
                values[row * columns + lane] = x.rows[row][lane - lanes.lowerBound]
              }
            }
          }
          if let pool {
            pool.run(groups, solveGroup)
          } else {
            for group in 0..<groups { solveGroup(group, 0) }
          }
        }
      }
    }
    solution.iterations = taken.max() ?? 0
    solution.residual = residuals.max() ?? 0
    return solution
  }

  private typealias Lanes = SIMD4<Double>

  /// One group of lanes; returns the iterations and the largest relative residual.
  private func iterate(
    _ b: AlignedLanes, _ x: inout AlignedLanes, tolerance: Double, limit: Int
  ) -> (Int, Double) {
    let size = matrix.size
    var r = b
    var p = AlignedLanes(count: size)
    var q = AlignedLanes(count: size)
    var norm = Lanes.zero
    return x.rows.withUnsafeMutableBufferPointer { x in
      r.rows.withUnsafeMutableBufferPointer { r in
        p.rows.withUnsafeMutableBufferPointer { p in
          q.rows.withUnsafeMutableBufferPointer { q in
            inverseDiagonal.withUnsafeBufferPointer { inverse in
              multiply(UnsafeBufferPointer(x), q)
              var rz = Lanes.zero
              var rr = Lanes.zero
              for row in 0..<size {
                norm += r[row] * r[row]
                r[row] -= q[row]
                p[row] = inverse[row] * r[row]
                rz += r[row] * p[row]
                rr += r[row] * r[row]
              }
              let goal = tolerance * tolerance * norm
              var iteration = 0
              while iteration < limit, any(rr .> goal) {
                multiply(UnsafeBufferPointer(p), q)
                var pq = Lanes.zero
                for row in 0..<size { pq += p[row] * q[row] }
                // A lane that is solved stands still.
                let active = (rr .> goal) .& (pq .> 0)
                guard any(active) else { break }
                let alpha = (rz / pq).replacing(with: 0, where: .!active)
                var next = Lanes.zero
                rr = .zero
                for row in 0..<size {
                  x[row] += alpha * p[row]
                  r[row] -= alpha * q[row]
                  next += inverse[row] * r[row] * r[row]
                  rr += r[row] * r[row]
                }
                let beta = (next / rz).replacing(with: 0, where: .!active)
                for row in 0..<size { p[row] = inverse[row] * r[row] + beta * p[row] }
                rz = next
                iteration += 1
              }
              let relative = (rr / norm).replacing(with: 0, where: norm .== 0)
              return (iteration, relative.max().squareRoot())
            }
          }
        }
      }
    }
  }

  private func multiply(
    _ input: UnsafeBufferPointer<Lanes>, _ output: UnsafeMutableBufferPointer<Lanes>
  ) {
    matrix.starts.withUnsafeBufferPointer { starts in
      matrix.columns.withUnsafeBufferPointer { columns in
        matrix.values.withUnsafeBufferPointer { values in
          for row in 0..<matrix.size {
            var sum = Lanes.zero
            for entry in Int(starts[row])..<Int(starts[row + 1]) {
              sum += values[entry] * input[Int(columns[entry])]
            }
            output[row] = sum
          }
        }
      }
    }
  }
}

/// Up to four columns of an (n, k) matrix side by side; lanes that are not there are zero.
private struct AlignedLanes {
  var rows: [SIMD4<Double>]

  init(count: Int) { rows = [SIMD4<Double>](repeating: .zero, count: count) }

  init(_ matrix: some Collection<Double>, columns: Int, lanes: Range<Int>) {
    self.init(count: matrix.count / columns)
    var iterator = matrix.makeIterator()
    for row in rows.indices {
      for column in 0..<columns {
        guard let value = iterator.next() else { return }
        if lanes.contains(column) { rows[row][column - lanes.lowerBound] = value }
      }
    }
  }
}
