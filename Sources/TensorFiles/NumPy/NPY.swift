import Compute

/// `.npy` files.
public enum NPY {
  /// Whether an error is about an array that is whole but of a type that is not read: Python objects,
  /// records.
  public static func isOfOtherType(_ error: ProgramError) -> Bool {
    [NPYHeader.unknownType, NPYHeader.structuredType].contains(error.what)
  }

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
    var bytes = try head(ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape))
    tensor.withUnsafeBytes { bytes += $0 }
    return bytes
  }

  /// What comes before the data of an array, a multiple of 64 bytes.
  static func head(_ array: ArrayHeader) throws -> [UInt8] {
    let type: String
    switch array.scalarType {
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
    case .float16, .float32, .float64: type = "<f\(array.scalarType.size)"
    case .int16, .int32, .int64: type = "<i\(array.scalarType.size)"
    case .uint16, .uint32, .uint64: type = "<u\(array.scalarType.size)"
    }
    let shape =
      array.shape.count == 1
      ? "(\(array.shape[0]),)" : "(" + array.shape.map(String.init).joined(separator: ", ") + ")"
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return NPYHeader.magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
      + Array(header.utf8)
  }

  /// Writes beside `path` and renames.
  public static func write(_ tensor: TensorData, to path: String) throws {
    let head = try head(ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape))
    let file = try PendingFile(path: path, overwrite: true)
    defer { file.discard() }
    try head.withUnsafeBytes { try file.write($0) }
    try ArraySource(tensor).forEachPiece { try file.write($0) }
    try file.commit()
  }
}
