/// Conjugate gradients against closed forms.
import Testing

@testable import Compute

@Suite struct ConjugateGradientsTests {
  /// -u'' = 1 on a path with u = 0 beyond both ends: u = i (n + 1 - i) / 2.
  @Test func aLoadedStringHangsInAParabola() {
    for size in [1, 3, 13, 127] {
      let solution = ConjugateGradients(SparseSymmetricMatrixTests.path(size)).solve(
        [Double](repeating: 1, count: size), tolerance: 1e-12)
      for row in 0..<size {
        let expected = Double((row + 1) * (size - row)) / 2
        #expect(abs(solution.values[row] - expected) < 1e-7 * expected, "\(size) \(row)")
      }
      // No more steps than unknowns, by symmetry about half of them.
      #expect(solution.iterations <= size / 2 + 1)
    }
  }

  @Test func columnsAreSolvedEachForItself() {
    let matrix = SparseSymmetricMatrixTests.random(50, seed: 2)
    for columns in [1, 2, 4, 7] {
      let truth = (0..<50 * columns).map { Double(($0 * 37) % 101) - 50 }
      var sides = truth
      for column in 0..<columns {
        let product = matrix((0..<50).map { truth[$0 * columns + column] })
        for row in 0..<50 { sides[row * columns + column] = product[row] }
      }
      let solver = ConjugateGradients(matrix)
      let solution = solver.solve(sides, columns: columns, tolerance: 1e-13)
      #expect(solution.residual <= 1e-13)
      for (found, expected) in zip(solution.values, truth) {
        #expect(abs(found - expected) < 1e-9)
      }
      for threads in [2, 5] {
        let pool = WorkerPool(threads: threads)
        #expect(
          solver.solve(sides, columns: columns, tolerance: 1e-13, pool: pool).values
            == solution.values)
      }
    }
  }

  @Test func zeroSidesAndGoodStartsTakeNoStep() {
    let solver = ConjugateGradients(SparseSymmetricMatrixTests.path(9))
    let zero = solver.solve([Double](repeating: 0, count: 27), columns: 3)
    #expect(zero.values == [Double](repeating: 0, count: 27) && zero.iterations == 0)
    #expect(zero.residual == 0)
    let start = (1...9).map { Double($0 * (10 - $0)) / 2 }
    let solved = solver.solve([Double](repeating: 1, count: 9), start: start)
    #expect(solved.values == start && solved.iterations == 0)
  }

  @Test func theLimitOfStepsIsKept() {
    let solver = ConjugateGradients(SparseSymmetricMatrixTests.path(200))
    let solution = solver.solve([Double](repeating: 1, count: 200), iterations: 5)
    #expect(solution.iterations == 5 && solution.residual > 1e-6)
  }
}
