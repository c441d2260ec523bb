import Compute

/// Lists: rows of numbers at once as arrays.
extension JSONParser {
  /// Rows of numbers become an array; anything else makes the list one of values.
  mutating func list(_ depth: Int) throws -> PickleValue {
    if let rows = try rows(depth) { return .tensor(rows) }
    try count(depth)
    position += 1
    if take("]") { return .list([]) }
    var items: [PickleValue] = []
    repeat { items.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw fail("`,` or `]`") }
    return Self.joined(items) ?? .list(items)
  }

  /// Arrays of one shape that lie in no list of numbers alone (a row of them was told to be values).
  private static func joined(_ items: [PickleValue]) -> PickleValue? {
    guard case .tensor(let first)? = items.first else { return nil }
    var bytes: [UInt8] = []
    for item in items {
      guard case .tensor(let row) = item, row.shape == first.shape else { return nil }
      row.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    return .tensor(
      TensorData(scalarType: .float64, shape: [items.count] + first.shape, bytes: bytes))
  }

  /// The list of numbers, or of such lists of one shape, that begins here; nil leaves the place alone.
  private mutating func rows(_ depth: Int) throws -> TensorData? {
    guard !otherLists.contains(position) else { return nil }
    let start = position
    numbers.removeAll(keepingCapacity: true)
    var open: [Int] = []
    if let shape = try shape(depth, &open) {
      let size = numbers.withUnsafeBytes { [UInt8]($0) }
      return TensorData(scalarType: .float64, shape: shape, bytes: size)
    }
    // Inner ones that hold the same stranger are not tried again.
    otherLists = open
    position = start
    return nil
  }

  /// The shape of the list that begins here, whose numbers go to `numbers`; nil for other lists.
  ///
  /// - Parameter open: where lists begin that are not at their ends.
  private mutating func shape(_ depth: Int, _ open: inout [Int]) throws -> [Int]? {
    try count(depth)
    open.append(position)
    position += 1
    skip()
    var length = 0
    var inner: [Int]?
    repeat {
      skip()
      guard position < bytes.count else { return nil }
      if bytes[position] == UInt8(ascii: "[") {
        guard length == 0 || inner != nil, let row = try shape(depth + 1, &open),
          inner == nil || inner == row
        else { return nil }
        inner = row
      } else {
        guard inner == nil, isNumber() else { return nil }
        numbers.append(try number())
      }
      length += 1
    } while take(",")
    guard take("]") else { return nil }
    open.removeLast()
    return [length] + (inner ?? [])
  }

  mutating func count(_ depth: Int) throws {
    values += 1
    guard values <= JSONValue.mostValues, depth <= JSONValue.deepest else {
      throw ProgramError(
        .dataError, "the JSON text is too large or nested too deeply",
        expected: "at most \(JSONValue.mostValues) values, \(JSONValue.deepest) levels")
    }
  }
}
