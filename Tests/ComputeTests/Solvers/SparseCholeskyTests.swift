/// Sparse Cholesky factors against closed forms and conjugate gradients.
import Testing

@testable import Compute

@Suite struct SparseCholeskyTests {
  @Test func aLoadedStringHangsInAParabola() throws {
    for size in [1, 3, 24, 25, 127, 1000] {
      let solver = try #require(SparseCholesky(SparseSymmetricMatrixTests.path(size)))
      let found = solver.solve([Double](repeating: 1, count: size))
      for row in 0..<size {
        let expected = Double((row + 1) * (size - row)) / 2
        #expect(abs(found[row] - expected) < 1e-9 * expected, "\(size) \(row)")
      }
    }
  }

  /// A square grid with two loose rows beside it, which hang together with nothing.
  private static func grid(_ side: Int) -> SparseSymmetricMatrix {
    var entries: [(row: Int, column: Int, value: Double)] = []
    for y in 0..<side {
      for x in 0..<side {
        let row = y * side + x
        entries.append((row, row, 4.01))
        if x + 1 < side { entries.append((row, row + 1, -1)) }
        if y + 1 < side { entries.append((row, row + side, -1)) }
      }
    }
    entries += [(side * side, side * side, 2), (side * side + 1, side * side + 1, 8)]
    return SparseSymmetricMatrix(size: side * side + 2, entries: entries)
  }

  @Test func columnsComeBack() throws {
    for matrix in [SparseSymmetricMatrixTests.random(150, seed: 4), Self.grid(23)] {
      let solver = try #require(SparseCholesky(matrix))
      for columns in [1, 3, 4, 6] {
        let truth = (0..<matrix.size * columns).map { Double(($0 * 37) % 101) - 50 }
        var sides = truth
        for column in 0..<columns {
          let product = matrix((0..<matrix.size).map { truth[$0 * columns + column] })
          for row in 0..<matrix.size { sides[row * columns + column] = product[row] }
        }
        for (found, expected) in zip(solver.solve(sides, columns: columns), truth) {
          #expect(abs(found - expected) < 1e-9)
        }
      }
    }
  }

  @Test func theOrderIsAPermutationThatSavesFill() throws {
    let matrix = Self.grid(40)
    let order = NestedDissection.order(matrix)
    #expect(order.sorted() == (0..<Int32(matrix.size)).map { $0 })
    let dissected = try #require(SparseCholesky(matrix, order: order))
    let inOrder = try #require(SparseCholesky(matrix, order: (0..<Int32(matrix.size)).map { $0 }))
    // A band of 40 fills nearly all of 1600 x 40.
    #expect(inOrder.fill > 60_000 && dissected.fill < 25_000, "\(dissected.fill)")
  }

  @Test func indefiniteMatricesHaveNoFactor() {
    #expect(SparseCholesky(SparseSymmetricMatrix(diagonal: [1, 0])) == nil)
    #expect(SparseCholesky(SparseSymmetricMatrix(diagonal: [1, -2])) == nil)
    #expect(
      SparseCholesky(SparseSymmetricMatrix(size: 2, entries: [(0, 0, 1), (1, 1, 1), (0, 1, 2)]))
        == nil)
    #expect(SparseCholesky(SparseSymmetricMatrix(diagonal: [.nan])) == nil)
    #expect(SparseCholesky(SparseSymmetricMatrix(diagonal: []))?.solve([]) == [])
  }
}
