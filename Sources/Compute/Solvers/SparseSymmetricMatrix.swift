/// A sparse symmetric matrix, both halves stored by compressed rows.
///
///     let matrix = SparseSymmetricMatrix(size: 3, entries: [(0, 0, 2), (0, 1, -1), (1, 1, 2), (2, 2, 1)])
///
/// Rows are sorted by column. Sums run in the order of the columns, so that results have the same bytes
/// wherever they are computed.
public struct SparseSymmetricMatrix: Sendable, Equatable {
  /// Rows and columns (n).
  public let size: Int
  /// Entries `starts[i] ..< starts[i + 1]` belong to row i: n + 1 numbers.
  public let starts: [Int32]
  /// The column of each entry.
  public let columns: [Int32]
  public let values: [Double]

  /// - Parameters: rows sorted by column, each place once, both halves.
  package init(size: Int, starts: [Int32], columns: [Int32], values: [Double]) {
    self.size = size
    self.starts = starts
    self.columns = columns
    self.values = values
  }

  /// - Parameter entries: each pair of row and column once, in either half; the twin in the other half
  ///   is added. Entries of the same place are summed in their order.
  public init(size: Int, entries: [(row: Int, column: Int, value: Double)]) {
    var starts = [Int32](repeating: 0, count: size + 1)
    for entry in entries {
      precondition(
        entry.row >= 0 && entry.row < size && entry.column >= 0 && entry.column < size)
      starts[entry.row + 1] += 1
      if entry.row != entry.column { starts[entry.column + 1] += 1 }
    }
    for row in 0..<size { starts[row + 1] += starts[row] }
    var places = starts
    let total = Int(starts[size])
    var columns = [Int32](repeating: 0, count: total)
    var values = [Double](repeating: 0, count: total)
    func put(_ row: Int, _ column: Int, _ value: Double) {
      let place = Int(places[row])
      columns[place] = Int32(column)
      values[place] = value
      places[row] += 1
    }
    for entry in entries {
      put(entry.row, entry.column, entry.value)
      if entry.row != entry.column { put(entry.column, entry.row, entry.value) }
    }
    self = Self.sorted(size: size, starts: starts, columns: columns, values: values)
  }

  public init(diagonal: [Double]) {
    self.init(
      size: diagonal.count, starts: (0...diagonal.count).map(Int32.init),
      columns: (0..<diagonal.count).map(Int32.init), values: diagonal)
  }

  public var diagonal: [Double] {
    (0..<size).map { row in
      (Int(starts[row])..<Int(starts[row + 1])).first { Int(columns[$0]) == row }
        .map { values[$0] } ?? 0
    }
  }

  /// Sorts rows by column and sums entries of the same place.
  private static func sorted(
    size: Int, starts: [Int32], columns: [Int32], values: [Double]
  ) -> Self {
    var newStarts: [Int32] = [0]
    var newColumns: [Int32] = []
    var newValues: [Double] = []
    newColumns.reserveCapacity(columns.count)
    newValues.reserveCapacity(columns.count)
    var order: [Int] = []
    for row in 0..<size {
      order.removeAll(keepingCapacity: true)
      order.append(contentsOf: Int(starts[row])..<Int(starts[row + 1]))
      order.sort { (columns[$0], $0) < (columns[$1], $1) }
      for entry in order {
        if newColumns.count > newStarts[row], newColumns.last == columns[entry] {
          newValues[newValues.count - 1] += values[entry]
        } else {
          newColumns.append(columns[entry])
          newValues.append(values[entry])
        }
      }
      newStarts.append(Int32(newColumns.count))
    }
    return Self(size: size, starts: newStarts, columns: newColumns, values: newValues)
  }
}

// MARK: - Algebra

extension SparseSymmetricMatrix {
  public static func * (factor: Double, matrix: Self) -> Self {
    Self(
      size: matrix.size, starts: matrix.starts, columns: matrix.columns,
      values: matrix.values.map { factor * $0 })
  }

  public static func + (one: Self, other: Self) -> Self {
    precondition(one.size == other.size)
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    columns.reserveCapacity(max(one.columns.count, other.columns.count))
    values.reserveCapacity(max(one.columns.count, other.columns.count))
    for row in 0..<one.size {
      var (i, j) = (Int(one.starts[row]), Int(other.starts[row]))
      let (endOne, endOther) = (Int(one.starts[row + 1]), Int(other.starts[row + 1]))
      while i < endOne || j < endOther {
        let left = i < endOne ? one.columns[i] : .max
        let right = j < endOther ? other.columns[j] : .max
        columns.append(min(left, right))
        values.append((left <= right ? one.values[i] : 0) + (right <= left ? other.values[j] : 0))
        if left <= right { i += 1 }
        if right <= left { j += 1 }
      }
      starts.append(Int32(columns.count))
    }
    return Self(size: one.size, starts: starts, columns: columns, values: values)
  }

  /// The matrix times a diagonal times itself, which is symmetric again.
  ///
  /// - Parameter weights: the diagonal; nil for ones.
  public func squared(weights: [Double]? = nil) -> Self {
    precondition(weights.map { $0.count == size } ?? true)
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    var sums = [Double](repeating: 0, count: size)
    var seen = [Int32](repeating: -1, count: size)
    var found: [Int32] = []
    for row in 0..<size {
      found.removeAll(keepingCapacity: true)
      for entry in Int(self.starts[row])..<Int(self.starts[row + 1]) {
        let middle = Int(self.columns[entry])
        let value = self.values[entry] * (weights?[middle] ?? 1)
        for other in Int(self.starts[middle])..<Int(self.starts[middle + 1]) {
          let column = Int(self.columns[other])
          if seen[column] != Int32(row) {
            seen[column] = Int32(row)
            sums[column] = 0
            found.append(Int32(column))
          }
          sums[column] += value * self.values[other]
        }
      }
      found.sort()
      columns.append(contentsOf: found)
      values.append(contentsOf: found.map { sums[Int($0)] })
      starts.append(Int32(columns.count))
    }
    return Self(size: size, starts: starts, columns: columns, values: values)
  }

  /// The matrix times a vector of n numbers.
  public func callAsFunction(_ vector: [Double]) -> [Double] {
    precondition(vector.count == size)
    return (0..<size).map { row in
      var sum = 0.0
      for entry in Int(starts[row])..<Int(starts[row + 1]) {
        sum += values[entry] * vector[Int(columns[entry])]
      }
      return sum
    }
  }
}
