import Compute
import Foundation
import Testing

@testable import TensorFiles

@Suite struct ArrayStatisticsTests {
  private func statistics(_ bytes: [UInt8]) throws -> ArrayStatistics {
    let path = NPZTests.scratch("statistics.npy")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ArrayStatistics(path: path)
  }

  /// More elements than a piece, the extremes at its borders.
  @Test func extremesWhereverTheyLie() throws {
    let count = 2 * ArrayStatistics.piece + 5
    for (low, high) in [
      (0, count - 1), (ArrayStatistics.piece - 1, ArrayStatistics.piece), (count - 1, 0),
    ] {
      var values = [Float](repeating: 1, count: count)
      values[low] = -7.5
      values[high] = 9
      values[17] = .nan
      values[count - 3] = .infinity
      let found = try statistics(NPY.encode(TensorData(shape: [count], floats: values)))
      #expect(found.range == -7.5...9 && found.notFiniteCount == 2 && found.shape == [count])
    }
  }

  @Test func typesAndOrders() throws {
    let ints = try statistics(NPY.encode(TensorData(shape: [2, 2], int32s: [5, -6, 7, 8])))
    #expect(ints.range == -6...8 && ints.scalarType == .int32)
    let empty = try statistics(NPY.encode(TensorData(shape: [0, 3], doubles: [])))
    #expect(empty.range == nil && empty.notFiniteCount == 0)
    let text = try statistics(
      NPY.encode(TensorData(scalarType: .bytes(2), shape: [1], bytes: [97, 98])))
    #expect(text.range == nil)
    let header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 1), }\n"
    let big: [UInt8] =
      [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [0x40, 0, 0, 0, 0xc0, 0x40, 0, 0]
    #expect(try statistics(big).range == -3...2)
  }

  @Test func foreignAndCutFiles() throws {
    #expect {
      try statistics(Array("PNG? no".utf8))
    } throws: { ($0 as? ProgramError)?.file != nil }
    let whole = try NPY.encode(TensorData(shape: [3], floats: [1, 2, 3]))
    #expect {
      try statistics(Array(whole.dropLast()))
    } throws: { "\($0)".contains("the array ends early") }
  }
}
