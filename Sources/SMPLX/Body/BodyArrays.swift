// Reading the arrays of a body file: shapes before memory, every value judged.

import Compute
import TensorFiles

/// The arrays of one file.
struct BodyArrays {
  let arrays: any NamedArrays

  func contains(_ key: String) -> Bool { arrays.contains(key) }

  func shape(_ key: String) throws -> [Int] { try arrays.header(key).shape }

  func wrongShape(_ key: String, _ expected: String, _ found: [Int]) -> ProgramError {
    ProgramError(
      .dataError, "array of the wrong shape", key: key, expected: expected, found: text(found))
  }

  private func text(_ shape: [Int?]) -> String {
    "(\(shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")))"
  }

  /// `shape` with nil for a dimension that may have any size.
  func tensor(_ key: String, shape: [Int?]) throws -> TensorData {
    // The header first: an array of the wrong shape is not worth the memory.
    let found = try self.shape(key)
    guard found.count == shape.count, zip(found, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      throw wrongShape(key, text(shape), found)
    }
    return try arrays.tensor(key)
  }

  /// The conversions of an array do not know its name.
  func naming<R>(_ key: String, _ body: () throws -> R) throws -> R {
    try ProgramError.locating(file: nil, key: key, body)
  }

  /// - Parameter limit: the largest magnitude that makes sense, and what it is.
  func floats(
    _ key: String, shape: [Int?], within limit: BodyLimits.Limit? = nil
  ) throws -> [Float] {
    let values = try naming(key) { try tensor(key, shape: shape).floats() }
    let isFinite = values.withUnsafeBufferPointer { allFinite($0) }
    guard isFinite else { throw notFinite(key) }
    if let limit, let index = values.firstIndex(where: { abs($0) > limit.magnitude }) {
      throw limit.error(key, values[index], at: index)
    }
    return values
  }

  private func notFinite(_ key: String) -> ProgramError {
    ProgramError(.dataError, "array holds a value that is not finite", key: key)
  }

  func indices(_ key: String, shape: [Int?], below limit: Int) throws -> [Int] {
    let values = try naming(key) { try tensor(key, shape: shape).ints() }
    if let index = values.firstIndex(where: { $0 < 0 || $0 >= limit }) {
      throw ProgramError(
        .dataError, "index out of range", key: key, expected: "0 ..< \(limit)",
        found: "\(values[index]) at \(index)")
    }
    return values
  }

  /// One map for each range of columns, all from one pass over the array.
  func columns(
    _ key: String, vertexCount: Int, rowLength: Int, ranges: [Range<Int>]
  ) throws -> [BlockColumns] {
    let builders = ranges.map {
      BlockColumnsBuilder(vertexCount: vertexCount, rowLength: rowLength, columnRange: $0)
    }
    var taken = 0
    try arrays.stream(key, group: blockWidth * 3 * rowLength, atOnce: true) { rows in
      for builder in builders {
        guard rows.count == builder.nextBlockLength, let start = rows.baseAddress else {
          throw ProgramError(
            .dataError, "array has another size than its header says", key: key)
        }
        guard builder.appendBlock(start) else {
          if let index = rows.firstIndex(where: { $0.isFinite && !BodyLimits.column.allows($0) }),
            rows.allSatisfy(\.isFinite)
          {
            throw BodyLimits.column.error(key, rows[index], at: taken + index)
          }
          throw notFinite(key)
        }
      }
      taken += rows.count
    }
    guard taken == vertexCount * 3 * rowLength else {
      throw ProgramError(
        .dataError, "array ends early", key: key,
        expected: "\(vertexCount * 3 * rowLength) numbers",
        found: "\(taken)")
    }
    return builders.map { BlockColumns($0) }
  }
}

/// True if no value is infinite or not a number.
func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  // A finite number times zero is zero; anything else poisons the sum.
  var sum: Float = 0
  for value in values { sum += value * 0 }
  return sum == 0
}
