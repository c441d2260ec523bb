/// A compressed sparse matrix as scipy stores it (`csc_matrix`, `csr_matrix`).
///
/// Found in pickled body models: the joint regressor.
import Compute

public struct SparseMatrix: Sendable {
  public let rowCount: Int
  public let columnCount: Int
  /// Whether columns are compressed (csc) or rows (csr).
  public let isColumnCompressed: Bool
  /// The first element of each column (row), and the number of elements.
  public let starts: [Int]
  /// The row (column) of each element.
  public let indices: [Int]
  /// The elements, one axis.
  public let data: TensorData

  /// The most numbers of a matrix with its zeros. A few bytes can claim any size; a body's joint
  /// regressor has half a million.
  static let mostNumbers = 1 << 27

  /// - Throws: `ProgramError` when the parts contradict each other.
  public init(
    rowCount: Int, columnCount: Int, isColumnCompressed: Bool, starts: [Int], indices: [Int],
    data: TensorData
  ) throws {
    func fail(_ key: String, _ expected: String, _ found: String) -> ProgramError {
      ProgramError(
        .dataError, "the sparse matrix contradicts itself", key: key, expected: expected,
        found: found)
    }
    let limit = 1 << 40
    guard (0...limit).contains(rowCount), (0...limit).contains(columnCount) else {
      throw fail("shape", "two sizes", "\(rowCount) x \(columnCount)")
    }
    let major = isColumnCompressed ? columnCount : rowCount
    let minor = isColumnCompressed ? rowCount : columnCount
    guard starts.count == major + 1 else {
      throw fail("indptr", "\(major + 1) numbers", "\(starts.count)")
    }
    guard starts.first == 0, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw fail("indptr", "rising numbers from 0", "others")
    }
    let count = starts.last ?? 0
    guard indices.count >= count, data.count >= count else {
      throw fail("data", "\(count) elements", "\(min(indices.count, data.count))")
    }
    guard indices.allSatisfy({ $0 >= 0 && $0 < minor }) else {
      throw fail("indices", "numbers below \(minor)", "others")
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.isColumnCompressed = isColumnCompressed
    self.starts = starts
    self.indices = indices
    self.data = data
  }

  /// What `dense` gives.
  var header: ArrayHeader {
    ArrayHeader(
      scalarType: data.scalarType == .float32 ? .float32 : .float64,
      shape: [rowCount, columnCount])
  }

  /// The matrix with its zeros, (rowCount, columnCount), float32 if the elements are, else float64.
  /// Elements given twice are added.
  public func dense() throws -> TensorData {
    let (count, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
    guard !overflow, count <= Self.mostNumbers else {
      throw ProgramError(
        .dataError, "the sparse matrix is too large to be filled in",
        expected: "at most \(Self.mostNumbers) numbers", found: "\(rowCount) x \(columnCount)")
    }
    try checkMemory(count * 2 * MemoryLayout<Double>.size)
    let values = try data.doubles()
    var result = [Double](repeating: 0, count: count)
    for major in 0..<starts.count - 1 {
      for element in starts[major]..<starts[major + 1] {
        let row = isColumnCompressed ? indices[element] : major
        let column = isColumnCompressed ? major : indices[element]
        result[row * columnCount + column] += values[element]
      }
    }
    let shape = [rowCount, columnCount]
    return data.scalarType == .float32
      ? TensorData(shape: shape, floats: result.map { Float($0) })
      : TensorData(shape: shape, doubles: result)
  }
}
