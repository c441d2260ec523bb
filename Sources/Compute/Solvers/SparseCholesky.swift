/// Solves A x = b for a sparse symmetric positive definite matrix by its Cholesky factor: made once, then any
/// number of right-hand sides exactly and fast.
///
/// Source: the up-looking factorisation of Davis 2006, "Direct Methods for Sparse Linear Systems", of
/// L D L', after an ordering by `NestedDissection`.
public struct SparseCholesky: Sendable {
  /// Row and column i of the factor are row `order[i]` of the matrix.
  private let order: [Int32]
  /// L without its diagonal of ones, by columns.
  private let starts: [Int]
  private let rows: [Int32]
  private let values: [Double]
  private let inverseDiagonal: [Double]

  public var size: Int { order.count }
  /// Numbers in the factor below its diagonal.
  public var fill: Int { rows.count }

  /// - Returns: nil if the matrix is not positive definite.
  public init?(_ matrix: SparseSymmetricMatrix) {
    self.init(matrix, order: Self.order(of: matrix))
  }

  /// An order of elimination that keeps factors sparse; the same for all matrices with entries at the same
  /// places.
  public static func order(of matrix: SparseSymmetricMatrix) -> [Int32] {
    NestedDissection.order(matrix)
  }

  /// - Parameter order: of the rows, each once.
  /// - Returns: nil if the matrix is not positive definite.
  public init?(_ matrix: SparseSymmetricMatrix, order: [Int32]) {
    let upper = PermutedUpper(matrix, order: order)
    let (parents, counts) = upper.elimination()
    let size = matrix.size
    var starts = [0]
    starts.reserveCapacity(size + 1)
    for column in 0..<size { starts.append(starts[column] + counts[column]) }
    var rows = [Int32](repeating: 0, count: starts[size])
    var values = [Double](repeating: 0, count: starts[size])
    var diagonal = [Double](repeating: 0, count: size)
    let isDefinite = upper.factor(
      parents: parents, starts: starts, rows: &rows, values: &values, diagonal: &diagonal)
    guard isDefinite else { return nil }
    self.order = order
    self.starts = starts
    self.rows = rows
    self.values = values
    inverseDiagonal = diagonal.map { 1 / $0 }
  }

  /// - Parameters:
  ///   - rightHandSides: (n, k) row by row.
  ///   - columns: k.
  /// - Returns: (n, k) row by row.
  public func solve(_ rightHandSides: [Double], columns: Int = 1) -> [Double] {
    precondition(columns > 0 && rightHandSides.count == size * columns)
    var result = rightHandSides
    var lanes = [SIMD4<Double>](repeating: .zero, count: size)
    for first in stride(from: 0, to: columns, by: 4) {
      let count = min(4, columns - first)
      for row in 0..<size {
        for lane in 0..<count {
          lanes[row][lane] = rightHandSides[Int(order[row]) * columns + first + lane]
        }
      }
      substitute(&lanes)
      for row in 0..<size {
        for lane in 0..<count {
          result[Int(order[row]) * columns + first + lane] = lanes[row][lane]
        }
      }
    }
    return result
  }

  private func substitute(_ lanes: inout [SIMD4<Double>]) {
    lanes.withUnsafeMutableBufferPointer { x in
      starts.withUnsafeBufferPointer { starts in
        rows.withUnsafeBufferPointer { rows in
          values.withUnsafeBufferPointer { values in
            for column in 0..<size {
              let value = x[column]
              for entry in starts[column]..<starts[column + 1] {
                x[Int(rows[entry])] -= values[entry] * value
              }
            }
            for row in 0..<size { x[row] *= inverseDiagonal[row] }
            for column in (0..<size).reversed() {
              var value = x[column]
              for entry in starts[column]..<starts[column + 1] {
                value -= values[entry] * x[Int(rows[entry])]
              }
              x[column] = value
            }
          }
        }
      }
    }
  }
}

/// The upper half of a matrix with rows and columns in another order, by columns.
private struct PermutedUpper {
  let size: Int
  var starts: [Int]
  var rows: [Int32]
  var values: [Double]
  var diagonal: [Double]

  init(_ matrix: SparseSymmetricMatrix, order: [Int32]) {
    size = matrix.size
    precondition(order.count == size)
    var places = [Int32](repeating: 0, count: size)
    for (place, row) in order.enumerated() { places[Int(row)] = Int32(place) }
    starts = [0]
    rows = []
    values = []
    diagonal = [Double](repeating: 0, count: size)
    rows.reserveCapacity(matrix.columns.count / 2)
    values.reserveCapacity(matrix.columns.count / 2)
    for column in 0..<size {
      let old = Int(order[column])
      for entry in Int(matrix.starts[old])..<Int(matrix.starts[old + 1]) {
        let row = places[Int(matrix.columns[entry])]
        if row < Int32(column) {
          rows.append(row)
          values.append(matrix.values[entry])
        } else if row == Int32(column) {
          diagonal[column] = matrix.values[entry]
        }
      }
      starts.append(rows.count)
    }
  }

  /// The elimination tree (-1: a root) and the numbers of entries in the factor's columns.
  func elimination() -> (parents: [Int32], counts: [Int]) {
    var parents = [Int32](repeating: -1, count: size)
    var counts = [Int](repeating: 0, count: size)
    var seen = [Int32](repeating: -1, count: size)
    for column in 0..<size {
      seen[column] = Int32(column)
      for entry in starts[column]..<starts[column + 1] {
        var row = Int(rows[entry])
        while seen[row] != Int32(column) {
          if parents[row] < 0 { parents[row] = Int32(column) }
          counts[row] += 1
          seen[row] = Int32(column)
          row = Int(parents[row])
        }
      }
    }
    return (parents, counts)
  }

  /// Row by row of the factor; false if the matrix is not positive definite.
  func factor(
    parents: [Int32], starts columns: [Int], rows factorRows: inout [Int32],
    values factorValues: inout [Double], diagonal factorDiagonal: inout [Double]
  ) -> Bool {
    var ends = [Int](repeating: 0, count: size)
    var sums = [Double](repeating: 0, count: size)
    var seen = [Int32](repeating: -1, count: size)
    var stack = [Int32](repeating: 0, count: size)
    return factorRows.withUnsafeMutableBufferPointer { factorRows in
      factorValues.withUnsafeMutableBufferPointer { factorValues in
        factorDiagonal.withUnsafeMutableBufferPointer { factorDiagonal in
          ends.withUnsafeMutableBufferPointer { ends in
            sums.withUnsafeMutableBufferPointer { sums in
              seen.withUnsafeMutableBufferPointer { seen in
                stack.withUnsafeMutableBufferPointer { stack in
                  parents.withUnsafeBufferPointer { parents in
                    columns.withUnsafeBufferPointer { columns in
                      for row in 0..<size {
                        var top = size
                        seen[row] = Int32(row)
                        for entry in starts[row]..<starts[row + 1] {
                          var column = Int(rows[entry])
                          sums[column] += values[entry]
                          var length = 0
                          while seen[column] != Int32(row) {
                            stack[length] = Int32(column)
                            length += 1
                            seen[column] = Int32(row)
                            column = Int(parents[column])
                          }
                          while length > 0 {
                            top -= 1
                            length -= 1
                            stack[top] = stack[length]
                          }
                        }
                        var pivot = diagonal[row]
                        while top < size {
                          let column = Int(stack[top])
                          top += 1
                          let sum = sums[column]
                          sums[column] = 0
                          let begin = columns[column]
                          let end = begin + ends[column]
                          for entry in begin..<end {
                            sums[Int(factorRows[entry])] -= factorValues[entry] * sum
                          }
                          let value = sum / factorDiagonal[column]
                          pivot -= value * sum
                          factorRows[end] = Int32(row)
                          factorValues[end] = value
                          ends[column] += 1
                        }
                        guard pivot > 0 else { return false }
                        factorDiagonal[row] = pivot
                      }
                      return true
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
