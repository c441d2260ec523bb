import Compute

// Names and numbers by which files tell persons and frames apart, as texts: whole whatever their size.

extension PickleValue {
  /// A text, or an integer in decimal digits; nil for what names nothing.
  package var identifier: String? {
    switch self {
    case .string(let text): text
    case .bigInteger(let digits): digits
    case .float(let value): value == value.rounded() ? "\(Int(saturating: value))" : "\(value)"
    case .tensor(let tensor) where tensor.count == 1: (try? tensor.identifiers())?.first
    default: integer.map { "\($0)" }
    }
  }

  /// Whether it is a text.
  package var isText: Bool {
    switch self {
    case .string, .bytes: true
    case .tensor(let tensor): tensor.scalarType.isText
    default: false
    }
  }
}

extension TensorData {
  /// The elements as `PickleValue.identifier` has them.
  ///
  /// - Throws: for complex numbers.
  package func identifiers() throws -> [String] {
    if scalarType.isText { return try strings() }
    if scalarType == .uint64 {
      return withUnsafeBytes { bytes in
        (0..<count).map { "\(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))" }
      }
    }
    if let integers = try? ints() { return integers.map { "\($0)" } }
    return try doubles().map { $0 == $0.rounded() ? "\(Int(saturating: $0))" : "\($0)" }
  }
}
