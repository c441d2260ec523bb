import Compute

// The elements of an array as numbers and texts of Swift.

extension TensorData {
  private func converted<T>(
    _ body: (UnsafeRawBufferPointer, Int) -> T
  ) -> [T] {
    let size = scalarType.size
    return withUnsafeBytes { bytes in (0..<count).map { body(bytes, $0 * size) } }
  }

  private func copied<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
    withUnsafeBytes { bytes in
      [T](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        initialized = count
      }
    }
  }

  private func notNumeric() -> ProgramError {
    ProgramError(
      .dataError, "the array does not hold numbers", expected: "a numeric type",
      found: "\(scalarType)")
  }

  /// The elements as doubles. Throws for text and complex numbers.
  public func doubles() throws -> [Double] {
    func load<T: BinaryInteger & BitwiseCopyable>(_: T.Type) -> [Double] {
      converted { Double($0.loadUnaligned(fromByteOffset: $1, as: T.self)) }
    }
    switch scalarType {
    case .bool: return converted { $0[$1] != 0 ? 1 : 0 }
    case .int8: return load(Int8.self)
    case .uint8: return load(UInt8.self)
    case .int16: return load(Int16.self)
    case .uint16: return load(UInt16.self)
    case .int32: return load(Int32.self)
    case .uint32: return load(UInt32.self)
    case .int64: return load(Int64.self)
    case .uint64: return load(UInt64.self)
    case .float64: return copied(Double.self)
    case .float16, .bfloat16, .float32: return try floats().map(Double.init)
    default: throw notNumeric()
    }
  }

  /// The elements as floats. Throws for text and complex numbers.
  public func floats() throws -> [Float] {
    switch scalarType {
    case .float32: return copied(Float.self)
    case .float64:
      return converted { Float($0.loadUnaligned(fromByteOffset: $1, as: Double.self)) }
    case .bfloat16:
      return converted {
        Float(bitPattern: UInt32($0.loadUnaligned(fromByteOffset: $1, as: UInt16.self)) << 16)
      }
    case .float16:
      return converted { floatOfHalf($0.loadUnaligned(fromByteOffset: $1, as: UInt16.self)) }
    default: return try doubles().map { Float($0) }
    }
  }

  /// The elements of an integer or bool array. Throws for other types and for values beyond Int.
  public func ints() throws -> [Int] {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> [Int] {
      converted { Int(truncatingIfNeeded: $0.loadUnaligned(fromByteOffset: $1, as: T.self)) }
    }
    switch scalarType {
    case .bool: return converted { $0[$1] != 0 ? 1 : 0 }
    case .int8: return load(Int8.self)
    case .uint8: return load(UInt8.self)
    case .int16: return load(Int16.self)
    case .uint16: return load(UInt16.self)
    case .int32: return load(Int32.self)
    case .uint32: return load(UInt32.self)
    case .int64: return load(Int64.self)
    case .uint64:
      let values = load(UInt64.self)
      guard values.allSatisfy({ $0 >= 0 }) else {
        throw ProgramError(.dataError, "an integer is too large", expected: "at most 2^63 - 1")
      }
      return values
    default:
      throw ProgramError(
        .dataError, "the array does not hold integers", expected: "an integer type",
        found: "\(scalarType)")
    }
  }

  public func int32s() throws -> [Int32] {
    if scalarType == .int32 { return copied(Int32.self) }
    return try ints().map {
      guard let value = Int32(exactly: $0) else {
        throw ProgramError(.dataError, "an integer is too large", found: "\($0)")
      }
      return value
    }
  }

  /// The bytes of a uint8, int8 or bool array.
  public func bytes() throws -> [UInt8] {
    guard scalarType.size == 1 else {
      throw ProgramError(
        .dataError, "the array does not hold bytes", expected: "uint8", found: "\(scalarType)")
    }
    return copied(UInt8.self)
  }

  /// Bytes of the longest text that is read; names and labels are far shorter.
  static let longestText = 1 << 20

  /// The texts of a unicode or bytes array, without trailing zeros.
  ///
  /// - Throws: for other arrays, and for texts longer than any name.
  public func strings() throws -> [String] {
    guard scalarType.size <= Self.longestText else {
      throw ProgramError(
        .dataError, "the texts of the array are too long",
        expected: "at most \(Self.longestText) bytes each", found: "\(scalarType)")
    }
    switch scalarType {
    case .unicode(let length):
      return converted { bytes, start in
        var text = String.UnicodeScalarView()
        for index in 0..<length {
          let code = bytes.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
          text.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        while text.last == "\0" { text.removeLast() }
        return String(text)
      }
    case .bytes(let length):
      return converted { bytes, start in
        var end = start + length
        while end > start, bytes[end - 1] == 0 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
      }
    default:
      throw ProgramError(
        .dataError, "the array does not hold text", expected: "a text type",
        found: "\(scalarType)")
    }
  }
}

/// IEEE binary16 to binary32, exact.
func floatOfHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let exponent = UInt32(half >> 10) & 31
  let fraction = UInt32(half & 0x3ff)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign != 0 ? -magnitude : magnitude
  case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
