import Compute

/// The header of a `.npy` array (NumPy format versions 1 to 3).
struct NPYHeader: Sendable {
  let scalarType: ScalarType
  let shape: [Int]
  let isFortranOrder: Bool
  let isBigEndian: Bool
  /// Bytes before the data.
  let length: Int

  /// Bytes of the data.
  var dataLength: Int { shape.reduce(scalarType.size, *) }
  /// Whether the data lies in C order and little-endian, as it is used.
  var isPlain: Bool { !isFortranOrder && !isBigEndian }

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// No real header is longer (version 1 cannot say more; later versions need it only for
  /// structured types, which are refused).
  static let longest = 1 << 16
  static let unknownType = "the array's type is not known"
  static let structuredType = "structured arrays are not read"

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
    var parser = NPYHeaderParser(text)
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
      hint: text.contains("O") ? "arrays of Python objects are no numbers" : nil)
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
