/// Sparse symmetric matrices against dense ones.
import Testing

@testable import Compute

@Suite struct SparseSymmetricMatrixTests {
  /// A path of n vertices: 2 on the diagonal, -1 beside it.
  static func path(_ size: Int) -> SparseSymmetricMatrix {
    SparseSymmetricMatrix(
      size: size,
      entries: (0..<size).flatMap { row in
        [(row, row, 2.0)] + (row + 1 < size ? [(row, row + 1, -1.0)] : [])
      })
  }

  static func random(_ size: Int, seed: UInt64) -> SparseSymmetricMatrix {
    var generator = PhiloxRandom(seed: seed, use: "sparse matrix test")
    var entries: [(row: Int, column: Int, value: Double)] = []
    for row in 0..<size {
      entries.append((row, row, 20))
      for _ in 0..<3 {
        let column = Int.random(in: 0..<size, using: &generator)
        if column != row {
          entries.append((row, column, Double.random(in: -1...1, using: &generator)))
        }
      }
    }
    return SparseSymmetricMatrix(size: size, entries: entries)
  }

  static func dense(_ matrix: SparseSymmetricMatrix) -> [[Double]] {
    var rows = [[Double]](
      repeating: [Double](repeating: 0, count: matrix.size), count: matrix.size)
    for row in 0..<matrix.size {
      for entry in Int(matrix.starts[row])..<Int(matrix.starts[row + 1]) {
        rows[row][Int(matrix.columns[entry])] += matrix.values[entry]
      }
    }
    return rows
  }

  @Test func entriesOfEitherHalfAreAddedAndSorted() {
    let matrix = SparseSymmetricMatrix(
      size: 3, entries: [(2, 0, 5), (1, 1, 2), (0, 2, 1), (1, 1, 3), (0, 1, -1)])
    #expect(Self.dense(matrix) == [[0, -1, 6], [-1, 5, 0], [6, 0, 0]])
    #expect(matrix.columns == [1, 2, 0, 1, 0])
    #expect(matrix.diagonal == [0, 5, 0])
    #expect(matrix([1, 10, 100]) == [590, 49, 6])
  }

  @Test func sumsScalesAndSquaresAreThoseOfDenseMatrices() {
    for size in [1, 3, 17] {
      let (one, other) = (Self.random(size, seed: 1), Self.path(size))
      let (a, b) = (Self.dense(one), Self.dense(other))
      let sum = Self.dense(one + 3 * other)
      let square = Self.dense(one.squared())
      let weights = (0..<size).map { 0.5 + Double($0) }
      let weighted = Self.dense(one.squared(weights: weights))
      for row in 0..<size {
        for column in 0..<size {
          #expect(sum[row][column] == a[row][column] + 3 * b[row][column])
          let expected = (0..<size).reduce(0.0) { $0 + a[row][$1] * a[$1][column] }
          #expect(abs(square[row][column] - expected) < 1e-12)
          #expect(abs(square[row][column] - square[column][row]) < 1e-12)
          let between = (0..<size).reduce(0.0) { $0 + a[row][$1] * weights[$1] * a[$1][column] }
          #expect(abs(weighted[row][column] - between) < 1e-10)
        }
      }
    }
  }

  @Test func emptyMatrices() {
    #expect(SparseSymmetricMatrix(size: 0, entries: []).squared().starts == [0])
    #expect(SparseSymmetricMatrix(diagonal: [])([]) == [])
    #expect(SparseSymmetricMatrix(diagonal: [2, 4])([1, 3]) == [2, 12])
  }
}
