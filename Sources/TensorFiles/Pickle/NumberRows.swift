import Compute

/// Sequences of numbers, of sequences of numbers and of arrays, as one array.
enum NumberRows {
  /// Sequences within sequences that are looked into.
  static let deepest = 16

  /// The shape of what `numpy.array` would make of a sequence; nil where its rows differ, are empty or
  /// hold something else than real numbers.
  static func shape(of value: PickleValue, depth: Int = 0) -> [Int]? {
    switch value {
    case .int, .float, .bool: return []
    case .tensor(let tensor): return tensor.scalarType.isReal ? tensor.shape : nil
    case .list(let items), .tuple(let items):
      guard depth < deepest, let first = items.first,
        let row = shape(of: first, depth: depth + 1),
        items.dropFirst().allSatisfy({ shape(of: $0, depth: depth + 1) == row })
      else { return nil }
      return [items.count] + row
    default: return nil
    }
  }

  /// The numbers of a sequence of `shape` in C order.
  ///
  /// - Throws: for more than there is memory for: one row may lie in many places.
  static func numbers(of value: PickleValue, shape: [Int]) throws -> [Double] {
    try checkMemory(ArrayHeader(scalarType: .float64, shape: shape).byteCount)
    var numbers: [Double] = []
    numbers.reserveCapacity(shape.reduce(1, *))
    try append(value, to: &numbers)
    return numbers
  }

  private static func append(_ value: PickleValue, to numbers: inout [Double]) throws {
    switch value {
    case .list(let items), .tuple(let items): for item in items { try append(item, to: &numbers) }
    case .tensor(let tensor): numbers += try tensor.doubles()
    default: if let number = value.number { numbers.append(number) }
    }
  }
}
