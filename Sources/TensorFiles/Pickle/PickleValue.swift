import Compute

/// What a pickle holds, as a value; also what JSON texts and files of torch become.
///
/// Python 2 byte strings are `string` (latin1), numpy scalars are tensors without axes (text ones
/// are `string` or `bytes`), frozen sets are `set`, ordered dictionaries `dict`, `torch.Size`
/// `tuple`, object arrays `list` (flat), types and devices of torch `string`.
public enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer beyond 64 bits, in decimal digits.
  case bigInteger(String)
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  case set([PickleValue])
  /// In the file's order; the last entry of a key counts.
  case dict([(key: PickleValue, value: PickleValue)])
  case tensor(TensorData)
  case sparse(SparseMatrix)
  /// An object of a class that is not read, by its name: a path, a namespace. Only where the reader was
  /// asked to let them pass.
  case opaque(String)
}

extension PickleValue {
  /// The value of a text key of a dictionary; nil for other values and absent keys.
  public subscript(key: String) -> PickleValue? {
    guard case .dict(let entries) = self else { return nil }
    return entries.last { $0.key.string == key }?.value
  }

  /// The value of an integer key of a dictionary, or the element of a sequence.
  public subscript(index: Int) -> PickleValue? {
    if case .dict(let entries) = self {
      return entries.last {
        if case .int(let key) = $0.key { return key == index }
        return false
      }?.value
    }
    guard let sequence, sequence.indices.contains(index) else { return nil }
    return sequence[index]
  }

  /// The text keys of a dictionary, in the file's order.
  public var keys: [String] {
    guard case .dict(let entries) = self else { return [] }
    return entries.compactMap(\.key.string)
  }

  public var string: String? {
    switch self {
    case .string(let text): return text
    case .tensor(let tensor) where tensor.count == 1: return (try? tensor.strings())?.first
    default: return nil
    }
  }

  /// A number, also of an array with one element.
  public var number: Double? {
    switch self {
    case .bool(let value): return value ? 1 : 0
    case .int(let value): return Double(value)
    case .bigInteger(let digits): return Double(digits)
    case .float(let value): return value
    case .tensor(let tensor) where tensor.count == 1: return (try? tensor.doubles())?.first
    default: return nil
    }
  }

  /// An integer, also of an integer array with one element.
  public var integer: Int? {
    switch self {
    case .bool(let value): return value ? 1 : 0
    case .int(let value): return value
    case .tensor(let tensor) where tensor.count == 1: return (try? tensor.ints())?.first
    default: return nil
    }
  }

  /// The elements of a list, tuple or set.
  public var sequence: [PickleValue]? {
    switch self {
    case .list(let items), .tuple(let items), .set(let items): return items
    default: return nil
    }
  }

  /// Whether `tensor` gives an array.
  var isArray: Bool {
    switch self {
    case .tensor, .sparse, .int, .float, .bool: true
    case .list, .tuple: NumberRows.shape(of: self) != nil
    default: false
    }
  }

  /// An array: a tensor as it is, a sparse matrix dense, a number without axes, a sequence of numbers,
  /// or of sequences or arrays of one shape, as float64; nil for anything else.
  ///
  /// - Throws: `ProgramError` for a sparse matrix that is too large to be dense.
  public func tensor() throws -> TensorData? {
    switch self {
    case .tensor(let tensor): return tensor
    case .sparse(let matrix): return try matrix.dense()
    case .int(let value): return TensorData(shape: [], int64s: [Int64(value)])
    case .float(let value): return TensorData(shape: [], doubles: [value])
    case .bool(let value):
      return TensorData(scalarType: .bool, shape: [], bytes: [value ? 1 : 0])
    case .list, .tuple:
      guard let shape = NumberRows.shape(of: self) else { return nil }
      return TensorData(shape: shape, doubles: try NumberRows.numbers(of: self, shape: shape))
    default: return nil
    }
  }
}
