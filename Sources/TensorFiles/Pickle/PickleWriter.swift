import Compute

extension Pickle {
  /// Writes a value as a pickle that Python and numpy load, beside `path` and renamed.
  ///
  /// Protocol 3, arrays under numpy 1's names, which numpy 2 takes too. Arrays that a value holds twice are
  /// written twice. The same value gives the same bytes.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: `dataError` for sparse matrices, bfloat16 arrays, and arrays and texts of 4 GB and more.
  public static func write(_ value: PickleValue, to path: String, overwrite: Bool = false) throws {
    let file = try PendingFile(path: path, overwrite: overwrite)
    defer { file.discard() }
    do {
      var writer = PickleWriter { try file.write($0) }
      try writer.write(value)
      try file.commit()
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// The bytes of such a file.
  public static func encode(_ value: PickleValue) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = PickleWriter { bytes += $0 }
    try writer.write(value)
    return bytes
  }
}

/// Hands the codes of a pickle on, piece by piece.
struct PickleWriter {
  private let output: (UnsafeRawBufferPointer) throws -> Void

  init(output: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.output = output }

  /// Writes a whole pickle.
  mutating func write(_ value: PickleValue) throws {
    try emit(.proto, [3])
    try element(value)
    try emit(.stop)
  }

  private func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(output) }

  private func emit(_ code: PickleCode, _ bytes: [UInt8] = []) throws {
    try put([code.rawValue] + bytes)
  }

  private func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }

  private func length(_ count: Int) throws -> [UInt8] {
    guard let length = UInt32(exactly: count) else {
      throw ProgramError(
        .dataError, "too much for one entry of a pickle", expected: "less than 4 GB",
        found: "\(count) bytes")
    }
    return littleEndian(length)
  }

  private func element(_ value: PickleValue) throws {
    switch value {
    case .none: try emit(.none)
    case .bool(let value): try emit(value ? .newTrue : .newFalse)
    case .int(let value): try integer(value)
    case .bigInteger(let digits): try emit(.long, Array("\(digits)L\n".utf8))
    case .float(let value):
      try emit(.binFloat, withUnsafeBytes(of: value.bitPattern.bigEndian) { [UInt8]($0) })
    case .string(let text): try string(text)
    case .opaque(let name):
      throw ProgramError(.dataError, "an object of another class is not written", found: name)
    case .bytes(let bytes):
      try emit(.binBytes, length(bytes.count))
      try put(bytes)
    case .list(let items):
      try emit(.emptyList)
      try emit(.mark)
      for item in items { try element(item) }
      try emit(.appends)
    case .tuple(let items): try tuple(items)
    case .set(let items):
      try global("builtins", "set")
      try tuple([.list(items)])
      try emit(.reduce)
    case .dict(let entries):
      try emit(.emptyDict)
      try emit(.mark)
      for (key, value) in entries {
        try element(key)
        try element(value)
      }
      try emit(.setItems)
    case .tensor(let tensor): try array(tensor)
    case .sparse:
      throw ProgramError(.dataError, "sparse matrices are not written as pickles")
    }
  }

  private func integer(_ value: Int) throws {
    if let short = Int32(exactly: value) {
      try emit(.binInt, littleEndian(short))
    } else {
      try emit(.long1, [8] + littleEndian(Int64(value)))
    }
  }

  private func string(_ text: String) throws {
    let bytes = Array(text.utf8)
    try emit(.binUnicode, length(bytes.count))
    try put(bytes)
  }

  private func tuple(_ items: [PickleValue]) throws {
    try emit(.mark)
    for item in items { try element(item) }
    try emit(.tuple)
  }

  private func global(_ module: String, _ name: String) throws {
    try emit(.global, Array("\(module)\n\(name)\n".utf8))
  }

  /// `_reconstruct(ndarray, (0,), b"b")`, and the state that numpy gives its arrays.
  private func array(_ tensor: TensorData) throws {
    try global("numpy.core.multiarray", "_reconstruct")
    try emit(.mark)
    try global("numpy", "ndarray")
    try tuple([.int(0)])
    try element(.bytes([UInt8(ascii: "b")]))
    try emit(.tuple)
    try emit(.reduce)
    try emit(.mark)
    try integer(1)
    try tuple(tensor.shape.map { .int($0) })
    try type(tensor.scalarType)
    try emit(.newFalse)
    try emit(.binBytes, length(tensor.count * tensor.scalarType.size))
    try tensor.forEachPiece(of: 1 << 20, output)
    try emit(.tuple)
    try emit(.build)
  }

  /// `dtype(name, False, True)`, and its byte order and sizes.
  private func type(_ type: ScalarType) throws {
    let (name, order): (String, String) =
      switch type {
      case .bool: ("b1", "|")
      case .int8: ("i1", "|")
      case .uint8: ("u1", "|")
      case .int16: ("i2", "<")
      case .uint16: ("u2", "<")
      case .int32: ("i4", "<")
      case .uint32: ("u4", "<")
      case .int64: ("i8", "<")
      case .uint64: ("u8", "<")
      case .float16: ("f2", "<")
      case .float32: ("f4", "<")
      case .float64: ("f8", "<")
      case .complex64: ("c8", "<")
      case .complex128: ("c16", "<")
      case .unicode(let count): ("U\(count)", "<")
      case .bytes(let count): ("S\(count)", "|")
      case .bfloat16:
        throw ProgramError(
          .dataError, "numpy has no such type", expected: "a type of numpy", found: "bfloat16")
      }
    try global("numpy", "dtype")
    try tuple([.string(name), .bool(false), .bool(true)])
    try emit(.reduce)
    var (size, alignment) = (-1, -1)
    if case .unicode(let count) = type { (size, alignment) = (4 * count, 4) }
    if case .bytes(let count) = type { (size, alignment) = (count, 1) }
    try tuple([
      .int(3), .string(order), .none, .none, .none, .int(size), .int(alignment), .int(0),
    ])
    try emit(.build)
  }
}
