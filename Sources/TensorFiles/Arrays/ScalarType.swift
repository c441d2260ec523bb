/// The type of an array's elements.
public enum ScalarType: Sendable, Hashable {
  case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case float16, bfloat16, float32, float64, complex64, complex128
  /// UCS-4 text of a fixed number of characters.
  case unicode(Int)
  /// Bytes of a fixed number.
  case bytes(Int)

  /// Bytes of an element.
  public var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    case .unicode(let count): 4 * count
    case .bytes(let count): count
    }
  }

  /// The unit whose bytes are swapped in big-endian files.
  var swapUnit: Int {
    switch self {
    case .unicode: 4
    case .bytes: 1
    case .complex64: 4
    case .complex128: 8
    default: size
    }
  }
}

extension ScalarType: CustomStringConvertible {
  /// NumPy's name of the type.
  public var description: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .uint8: "uint8"
    case .int16: "int16"
    case .uint16: "uint16"
    case .int32: "int32"
    case .uint32: "uint32"
    case .int64: "int64"
    case .uint64: "uint64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    case .unicode(let count): "<U\(count)"
    case .bytes(let count): "|S\(count)"
    }
  }
}

extension ScalarType {
  /// Whether an element is one real number.
  public var isReal: Bool {
    switch self {
    case .complex64, .complex128, .unicode, .bytes: false
    default: true
    }
  }

  /// Whether an element is a text.
  package var isText: Bool {
    switch self {
    case .unicode, .bytes: true
    default: false
    }
  }
}
