import Compute
import TensorFiles

/// Arrays of which some rows count, in an order of their own; a row may come more than once.
struct RowArrays: NamedArrays {
  private let group: any NamedArrays
  private let rows: [Int]
  /// Rows of the group's own arrays.
  private let count: Int

  /// - Parameter rows: of 0 ..< count.
  init(_ group: any NamedArrays, rows: [Int], of count: Int) {
    self.group = group
    self.rows = rows
    self.count = count
  }

  var file: String? { group.file }
  var names: [String] { group.names }
  func contains(_ name: String) -> Bool { group.contains(name) }
  func holdsArray(_ name: String) -> Bool { group.holdsArray(name) }

  private func isCut(_ shape: [Int]) -> Bool { shape.first == count }

  func header(_ name: String) throws -> ArrayHeader {
    let header = try group.header(name)
    guard isCut(header.shape) else { return header }
    return ArrayHeader(
      scalarType: header.scalarType, shape: [rows.count] + header.shape.dropFirst())
  }

  func tensor(_ name: String) throws -> TensorData {
    let whole = try group.tensor(name)
    guard isCut(whole.shape) else { return whole }
    let header = try header(name)
    let size = header.byteCount / max(1, rows.count)
    try checkMemory(header.byteCount)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(header.byteCount)
    whole.withUnsafeBytes { whole in
      for row in rows { bytes.append(contentsOf: whole[row * size..<(row + 1) * size]) }
    }
    return TensorData(scalarType: header.scalarType, shape: header.shape, bytes: bytes)
  }

  func stream(
    _ name: String, group size: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let header = try group.header(name)
    guard isCut(header.shape) else {
      return try group.stream(name, group: size, atOnce: atOnce, body)
    }
    let width = header.count / max(1, count)
    let wanted = Set(rows).sorted()
    try checkMemory(4 * wanted.count.clampedProduct(width))
    var picked: [Float] = []
    picked.reserveCapacity(wanted.count * width)
    // The rows between pass by.
    var (next, position) = (0, 0)
    try group.stream(name, group: size, atOnce: atOnce) { floats in
      let end = position + floats.count
      while next < wanted.count, wanted[next] * width < end {
        let first = wanted[next] * width
        let from = max(0, first - position)
        let to = min(floats.count, first + width - position)
        if from < to { picked.append(contentsOf: floats[from..<to]) }
        guard first + width <= end else { break }
        next += 1
      }
      position = end
    }
    let places = Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($1, $0) })
    try picked.withUnsafeBufferPointer { picked in
      for row in rows {
        guard let place = places[row], (place + 1) * width <= picked.count else { return }
        try body(UnsafeBufferPointer(rebasing: picked[place * width..<(place + 1) * width]))
      }
    }
  }

  func singleNumber(_ name: String) throws -> Double? {
    guard group.holdsArray(name), isCut(try group.header(name).shape) else {
      return try group.singleNumber(name)
    }
    return nil
  }

  /// A text a row: that of the first.
  func singleText(_ name: String) throws -> String? {
    if let items = group.value(name)?.sequence, items.count == count, let row = rows.first {
      return items[row].string
    }
    guard group.holdsArray(name), let header = try? group.header(name), isCut(header.shape),
      header.shape.count == 1, header.scalarType.isText, let row = rows.first
    else { return try group.singleText(name) }
    return try group.tensor(name).strings()[row]
  }

  func value(_ name: String) -> PickleValue? { group.value(name) }
}
