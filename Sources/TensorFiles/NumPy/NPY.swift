import Compute
import Foundation

/// The header of a `.npy` array (NumPy format versions 1 to 3).
public struct NPYHeader: Sendable {
  public let scalarType: ScalarType
  public let shape: [Int]
  public let isFortranOrder: Bool
  public let isBigEndian: Bool
  /// Bytes before the data.
  public let length: Int

  /// Bytes of the data.
  public var dataLength: Int { shape.reduce(scalarType.size, *) }

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// No real header is longer (version 1 cannot say more; later versions need it only for
  /// structured types, which are refused).
  static let longest = 1 << 16
  static let unknownType = "the array's type is not known"
  static let structuredType = "structured arrays are not read"

  /// Whether an error is about an array that is whole but of a type that is not read: Python objects,
  /// records.
  public static func isOfOtherType(_ error: ProgramError) -> Bool {
    [unknownType, structuredType].contains(error.what)
  }

  /// Elements without bytes (`<U0`) cost nothing in a file, so their number needs a limit.
  static let mostEmptyElements = 1 << 20

  /// Bytes up to the data, as the first bytes say; what the parser refuses anyway counts as short.
  static func length(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard bytes.count >= 12 else { return 0 }
    return bytes[6] == 1
      ? 10 + Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
      : min(12 + Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)), longest)
  }

  /// Parses the header at the start of `bytes` (which may be only a part of the file).
  init(_ bytes: UnsafeRawBufferPointer) throws {
    func fail(_ what: String, expected: String? = nil, found: String? = nil) -> ProgramError {
      ProgramError(.dataError, what, expected: expected, found: found)
    }
    guard bytes.count >= 10 else {
      throw fail("the array ends inside its header", found: "\(bytes.count) bytes")
    }
    guard bytes.prefix(6).elementsEqual(Self.magic) else {
      throw fail(
        "this is not a NumPy array", expected: "a NumPy array (.npy)",
        found: FileKind(head: bytes.prefix(FileKind.headLength)).words)
    }
    let major = bytes[6]
    guard (1...3).contains(major) else {
      throw fail("the array's format version is not known", expected: "1 to 3", found: "\(major)")
    }
    let prefix = major == 1 ? 10 : 12
    guard bytes.count >= prefix else { throw fail("the array ends inside its header") }
    let size =
      major == 1
      ? Int(bytes[8]) | Int(bytes[9]) << 8
      : (0..<4).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    guard size <= Self.longest else {
      throw fail(
        "the array's header is too long", expected: "at most \(Self.longest)", found: "\(size)")
    }
    guard bytes.count >= prefix + size else {
      throw fail(
        "the array ends inside its header", expected: "\(prefix + size) bytes",
        found: "\(bytes.count)")
    }
    let text = String(decoding: bytes[prefix..<prefix + size], as: UTF8.self)
    var parser = HeaderParser(text)
    let fields = try parser.dictionary()
    guard case .text(let type)? = fields["descr"] else {
      throw fail(
        "the array's type cannot be read", expected: "a type such as '<f4'",
        found: text.shortened())
    }
    guard case .bool(let fortran)? = fields["fortran_order"],
      case .integers(let shape)? = fields["shape"]
    else {
      throw fail("the array's header lacks fortran_order or shape", found: text.shortened())
    }
    let parsed = try Self.scalarType(type)
    var total = max(1, parsed.type.size)
    for extent in shape where extent > 0 {
      let (product, overflow) = total.multipliedReportingOverflow(by: extent)
      guard !overflow, product < 1 << 46 else {
        throw fail("the array's shape is too large", found: "\(shape)")
      }
      total = product
    }
    guard parsed.type.size > 0 || total <= Self.mostEmptyElements else {
      throw fail("the array's shape is too large", found: "\(shape) elements without bytes")
    }
    scalarType = parsed.type
    isBigEndian = parsed.bigEndian
    self.shape = shape
    isFortranOrder = fortran && shape.count > 1
    length = prefix + size
  }

  static func scalarType(_ text: String) throws -> (type: ScalarType, bigEndian: Bool) {
    var rest = Substring(text)
    var big = false
    if let first = rest.first, "<>|=".contains(first) {
      big = first == ">"
      rest = rest.dropFirst()
    }
    let unknown = ProgramError(
      .dataError, unknownType, expected: "numbers, bool, U or S",
      found: text.shortened(to: 80),
      hint: text.contains("O") ? "object arrays hold Python code and are not read" : nil)
    guard let kind = rest.first, let size = Int(rest.dropFirst()), (0...1 << 28).contains(size)
    else { throw unknown }
    let type: ScalarType
    switch (kind, size) {
    case ("b", 1): type = .bool
    case ("i", 1): type = .int8
    case ("u", 1): type = .uint8
    case ("i", 2): type = .int16
    case ("u", 2): type = .uint16
    case ("i", 4): type = .int32
    case ("u", 4): type = .uint32
    case ("i", 8): type = .int64
    case ("u", 8): type = .uint64
    case ("f", 2): type = .float16
    case ("f", 4): type = .float32
    case ("f", 8): type = .float64
    case ("c", 8): type = .complex64
    case ("c", 16): type = .complex128
    case ("U", _): type = .unicode(size)
    case ("S", _): type = .bytes(size)
    default: throw unknown
    }
    return (type, big && type.swapUnit > 1)
  }
}

/// The Python literal in a header: a flat dictionary of texts, booleans and tuples of integers.
private struct HeaderParser {
  enum Value { case text(String), bool(Bool), integers([Int]) }

  private var rest: Substring
  private let text: String

  init(_ text: String) {
    self.text = text
    rest = Substring(text)
  }

  private func fail() -> ProgramError {
    ProgramError(.dataError, "the array's header cannot be read", found: String(text.prefix(200)))
  }

  private mutating func skip() {
    rest = rest.drop { $0 == " " || $0 == "\n" }
  }

  private mutating func take(_ character: Character) -> Bool {
    skip()
    guard rest.first == character else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func string() throws -> String {
    skip()
    guard let quote = rest.first, quote == "'" || quote == "\"",
      let end = rest.dropFirst().firstIndex(of: quote)
    else { throw fail() }
    let value = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    return String(value)
  }

  private mutating func integer() throws -> Int {
    skip()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int(digits) else { throw fail() }
    rest = rest.dropFirst(digits.count)
    if rest.first == "L" { rest = rest.dropFirst() }
    return value
  }

  private mutating func value() throws -> Value {
    skip()
    if rest.hasPrefix("True") {
      rest = rest.dropFirst(4)
      return .bool(true)
    }
    if rest.hasPrefix("False") {
      rest = rest.dropFirst(5)
      return .bool(false)
    }
    if take("(") {
      var values: [Int] = []
      while !take(")") {
        values.append(try integer())
        guard values.count <= 64 else { throw fail() }
        if !take(",") {
          guard take(")") else { throw fail() }
          break
        }
      }
      return .integers(values)
    }
    return .text(try string())
  }

  mutating func dictionary() throws -> [String: Value] {
    guard take("{") else { throw fail() }
    var result: [String: Value] = [:]
    while !take("}") {
      let key = try string()
      guard take(":") else { throw fail() }
      // Structured types begin with a list; the type error says what is read.
      skip()
      if rest.first == "[" {
        throw ProgramError(
          .dataError, NPYHeader.structuredType, found: String(text.prefix(200)))
      }
      result[key] = try value()
      if !take(",") {
        guard take("}") else { throw fail() }
        break
      }
    }
    return result
  }
}

/// `.npy` files.
public enum NPY {
  /// Reads an array; the data is mapped when it can be used as it lies.
  public static func read(path: String) throws -> TensorData {
    let file = try MappedFile(path: path)
    let (header, _) = try mapped(file)
    do {
      if !header.isFortranOrder && !header.isBigEndian {
        return TensorData(
          scalarType: header.scalarType, shape: header.shape, storage: .mapped(file),
          offset: header.length)
      }
      try checkMemory(header.dataLength)
      return array(
        header, [UInt8](file.bytes[header.length..<header.length + header.dataLength]))
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// The header of a file, and its data as they lie there.
  static func mapped(
    _ file: MappedFile
  ) throws -> (header: NPYHeader, data: UnsafeRawBufferPointer) {
    guard file.bytes.starts(with: NPYHeader.magic) || file.bytes.count < 10 else {
      throw ProgramError.otherKind(
        "this is not a NumPy array", path: file.path, expected: "a NumPy array (.npy)")
    }
    do {
      let header = try NPYHeader(file.bytes)
      try checkLength(header, file.bytes.count - header.length)
      let end = header.length + header.dataLength
      return (header, UnsafeRawBufferPointer(rebasing: file.bytes[header.length..<end]))
    } catch let error as ProgramError {
      throw error.inFile(file.path)
    }
  }

  public static func read(bytes: [UInt8]) throws -> TensorData {
    try bytes.withUnsafeBytes { raw in
      let header = try NPYHeader(raw)
      try checkLength(header, raw.count - header.length)
      return array(header, [UInt8](raw[header.length..<header.length + header.dataLength]))
    }
  }

  static func checkLength(_ header: NPYHeader, _ length: Int) throws {
    guard length >= header.dataLength else {
      throw ProgramError(
        .dataError, "the array ends early",
        expected: "\(header.dataLength) bytes for shape \(header.shape)", found: "\(length)",
        hint: "the file is cut off: fetch or write it again")
    }
  }

  /// Brings the data of a file into native byte order and C order.
  static func array(_ header: NPYHeader, _ data: [UInt8]) -> TensorData {
    var bytes = data
    if header.isBigEndian { swapByteOrder(&bytes, unit: header.scalarType.swapUnit) }
    if header.isFortranOrder {
      bytes = cOrdered(bytes, shape: header.shape, size: header.scalarType.size)
    }
    return TensorData(scalarType: header.scalarType, shape: header.shape, bytes: bytes)
  }

  /// The bytes of a `.npy` file.
  public static func encode(_ tensor: TensorData) throws -> [UInt8] {
    let type: String
    switch tensor.scalarType {
    case .bool: type = "|b1"
    case .int8: type = "|i1"
    case .uint8: type = "|u1"
    case .bytes(let count): type = "|S\(count)"
    case .unicode(let count): type = "<U\(count)"
    case .bfloat16:
      throw ProgramError(
        .dataError, "NumPy has no bfloat16", hint: "convert the array to float32 first")
    case .complex64: type = "<c8"
    case .complex128: type = "<c16"
    case .float16, .float32, .float64: type = "<f\(tensor.scalarType.size)"
    case .int16, .int32, .int64: type = "<i\(tensor.scalarType.size)"
    case .uint16, .uint32, .uint64: type = "<u\(tensor.scalarType.size)"
    }
    let shape =
      tensor.shape.count == 1
      ? "(\(tensor.shape[0]),)" : "(" + tensor.shape.map(String.init).joined(separator: ", ") + ")"
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    // The data begins at a multiple of 64 bytes.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var bytes = NPYHeader.magic + [1, 0]
    bytes += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
    bytes += Array(header.utf8)
    tensor.withUnsafeBytes { bytes += $0 }
    return bytes
  }

  /// Writes beside `path` and renames.
  public static func write(_ tensor: TensorData, to path: String) throws {
    try OutputFile.write(encode(tensor), to: path)
  }
}
