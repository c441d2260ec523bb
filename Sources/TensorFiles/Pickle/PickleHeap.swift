/// The objects of a pickle while it is read. They name each other by index, so that cycles do not
/// leak and the deepest nesting is freed without recursion.
///
/// Filled by `PickleMachine`, read by `PickleConversion`.
import Compute

/// What lies on the machine's stack: a small value or the index of an object.
enum PickleItem {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case global(PickleGlobal)
  case object(Int)
}

/// numpy's `dtype`.
struct PickleDType {
  /// nil: Python objects.
  var scalarType: ScalarType?
  var isBigEndian: Bool
}

/// The elements that tensors of torch look into. In legacy streams they come after the objects.
final class TorchStorage {
  let scalarType: ScalarType
  let count: Int
  /// count elements in native order; nil until they are found.
  var elements: TorchElements?

  init(scalarType: ScalarType, count: Int) {
    self.scalarType = scalarType
    self.count = count
  }
}

/// A view into a storage; extents, strides and offset in elements.
struct TorchView {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

final class PickleObject {
  enum Content {
    case bigInteger(String)
    case string(String)
    /// A Python 2 string: text or bytes, as it is used.
    case byteString([UInt8])
    case bytes([UInt8])
    case list([PickleItem])
    case tuple([PickleItem])
    case set([PickleItem])
    /// Keys and values in turn.
    case dict([PickleItem])
    case dtype(PickleDType)
    /// nil until its state is set.
    case array(TensorData?)
    case storage(TorchStorage)
    case view(TorchView)
    /// An object of a known class with the state that was set.
    case instance(PickleGlobal, state: PickleItem)
    /// A class or function that is not read, and everything made by it; its name.
    case opaque(String)
  }

  var content: Content

  init(_ content: Content) { self.content = content }
}

/// Where `BINPERSID` objects come from: torch's containers hold the elements of tensors outside of
/// the pickle.
protocol TorchStorageSource: AnyObject {
  func storage(key: String, scalarType: ScalarType, count: Int) throws -> TorchStorage
}

final class PickleHeap {
  private(set) var objects: [PickleObject] = []
  /// Bytes that may still be made beyond those that lie in the file: a small file must not fill
  /// the memory by using an object again and again.
  private var budget: Int

  /// Whether names that are not read become `opaque` objects, which do nothing, instead of errors.
  let toleratesUnknown: Bool

  /// Steps of the machine so far.
  private var steps = 0

  /// A byte of a file can make an object of about a hundred bytes.
  static let mostObjects = 1 << 22
  static let bytesPerObject = 96
  /// A step takes a tenth of a microsecond. Arrays are one step however large they are.
  static let mostSteps = 1 << 26
  /// Bytes of a name of a type, a storage or an encoding.
  static let longestName = 1024

  init(inputCount: Int, toleratesUnknown: Bool = false) {
    self.toleratesUnknown = toleratesUnknown
    budget = (1 << 28) + 16 * inputCount
  }

  func add(_ content: PickleObject.Content) throws -> PickleItem {
    guard objects.count < Self.mostObjects else {
      throw ProgramError(
        .dataError, "the pickle holds too many objects", expected: "at most \(Self.mostObjects)")
    }
    try charge(Self.bytesPerObject)
    objects.append(PickleObject(content))
    return .object(objects.count - 1)
  }

  /// Counts a step of a machine.
  func countStep() throws {
    steps += 1
    guard steps <= Self.mostSteps else {
      throw ProgramError(
        .dataError, "the pickle has too many steps", expected: "at most \(Self.mostSteps)",
        hint: "numbers one by one are slow to read: save them as an array")
    }
  }

  func content(_ item: PickleItem) -> PickleObject.Content? {
    guard case .object(let index) = item else { return nil }
    return objects[index].content
  }

  /// The name of an opaque object.
  func opaqueName(_ item: PickleItem?) -> String? {
    guard case .opaque(let name)? = item.flatMap(content) else { return nil }
    return name
  }

  /// Takes `bytes` from the budget, before they are allocated.
  func charge(_ bytes: Int) throws {
    guard bytes >= 0, bytes <= budget else {
      throw ProgramError(
        .dataError, "the pickle's content is far larger than its file", found: "\(bytes) bytes more"
      )
    }
    budget -= bytes
    try checkMemory(bytes)
  }

  // MARK: Arguments as Swift values; nil if they are of another type.

  func integer(_ item: PickleItem?) -> Int? {
    switch item {
    case .int(let value): return value
    case .bool(let value): return value ? 1 : 0
    default: return nil
    }
  }

  func string(_ item: PickleItem?) -> String? {
    switch item.flatMap(content) {
    case .string(let text): return text
    case .byteString(let bytes): return latin1(bytes)
    default: return nil
    }
  }

  /// A short text: what is looked up, not kept.
  func name(_ item: PickleItem?) -> String? {
    switch item.flatMap(content) {
    case .string(let text): return text.utf8.count <= Self.longestName ? text : nil
    case .byteString(let bytes): return bytes.count <= Self.longestName ? latin1(bytes) : nil
    default: return nil
    }
  }

  /// Also of text that was bytes in Python 2.
  func bytes(_ item: PickleItem?) -> [UInt8]? {
    switch item.flatMap(content) {
    case .bytes(let bytes), .byteString(let bytes): return bytes
    case .string(let text): return latin1Bytes(text)
    default: return nil
    }
  }

  func items(_ item: PickleItem?) -> [PickleItem]? {
    switch item.flatMap(content) {
    case .list(let items), .tuple(let items), .set(let items): return items
    default: return nil
    }
  }

  func dtype(_ item: PickleItem?) -> PickleDType? {
    guard case .dtype(let type)? = item.flatMap(content) else { return nil }
    return type
  }

  /// A tuple or list of sizes.
  func integers(_ item: PickleItem?) -> [Int]? {
    guard let items = items(item), items.count <= 64 else { return nil }
    let values = items.compactMap { integer($0) }
    return values.count == items.count ? values : nil
  }

  /// The value of a text key of a dictionary.
  ///
  /// - Throws: when large dictionaries were searched too often.
  func entry(_ key: String, of item: PickleItem) throws -> PickleItem? {
    guard case .dict(let items)? = content(item) else { return nil }
    if items.count > 64 { try charge(items.count) }
    for index in Swift.stride(from: items.count - 2, through: 0, by: -2)
    where name(items[index]) == key {
      return items[index + 1]
    }
    return nil
  }
}

/// Every byte is the character of its number.
func latin1(_ bytes: some Sequence<UInt8>) -> String {
  var text = String.UnicodeScalarView()
  for byte in bytes { text.append(Unicode.Scalar(byte)) }
  return String(text)
}

/// nil if the text has characters beyond U+00FF.
func latin1Bytes(_ text: String) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    guard scalar.value < 256 else { return nil }
    bytes.append(UInt8(scalar.value))
  }
  return bytes
}
