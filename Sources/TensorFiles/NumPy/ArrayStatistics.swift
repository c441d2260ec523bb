import Compute

/// What the values of a `.npy` file are like, found in one pass that keeps nothing.
public struct ArrayStatistics: Sendable, Equatable {
  public let scalarType: ScalarType
  public let shape: [Int]
  /// The least and the greatest finite value; nil for text, and where no value is finite.
  public private(set) var range: ClosedRange<Double>?
  /// Values that are infinite or not a number.
  public private(set) var notFiniteCount = 0

  /// Elements looked at before their pages are given back.
  static let piece = 1 << 18

  /// Reads the whole file, whatever its size, in a few megabytes of memory.
  ///
  /// - Throws: `ProgramError` as `NPY.read`.
  public init(path: String) throws {
    let file = try MappedFile(path: path)
    let tensor = try NPY.mapped(file)
    (scalarType, shape) = (tensor.header.scalarType, tensor.header.shape)
    let data = tensor.data
    let size = scalarType.size
    let isBigEndian = tensor.header.isBigEndian
    guard size > 0, scalarType.isReal else { return }
    var found = Extremes()
    for start in stride(from: 0, to: data.count / size, by: Self.piece) {
      let count = min(Self.piece, data.count / size - start)
      let part = UnsafeRawBufferPointer(rebasing: data[start * size..<(start + count) * size])
      withExtendedLifetime(file) {
        if isBigEndian {
          var bytes = [UInt8](part)
          swapByteOrder(&bytes, unit: scalarType.swapUnit)
          bytes.withUnsafeBytes { found.add($0, scalarType) }
        } else {
          found.add(part, scalarType)
        }
      }
      file.release(part)
    }
    if found.low <= found.high { range = found.low...found.high }
    notFiniteCount = found.notFiniteCount
  }
}

/// The extremes of the values seen so far.
private struct Extremes {
  var low = Double.infinity
  var high = -Double.infinity
  var notFiniteCount = 0

  /// Takes the elements of `bytes`, a real type in native byte order.
  mutating func add(_ bytes: UnsafeRawBufferPointer, _ type: ScalarType) {
    switch type {
    case .bool: add(bytes) { (value: UInt8) in value == 0 ? 0 : 1 }
    case .int8: add(bytes) { (value: Int8) in Double(value) }
    case .uint8: add(bytes) { (value: UInt8) in Double(value) }
    case .int16: add(bytes) { (value: Int16) in Double(value) }
    case .uint16: add(bytes) { (value: UInt16) in Double(value) }
    case .int32: add(bytes) { (value: Int32) in Double(value) }
    case .uint32: add(bytes) { (value: UInt32) in Double(value) }
    case .int64: add(bytes) { (value: Int64) in Double(value) }
    case .uint64: add(bytes) { (value: UInt64) in Double(value) }
    case .float16: add(bytes) { (value: UInt16) in Double(floatOfHalf(value)) }
    case .bfloat16:
      add(bytes) { (value: UInt16) in Double(Float(bitPattern: UInt32(value) << 16)) }
    case .float32: add(bytes) { (value: Float) in Double(value) }
    case .float64: add(bytes) { (value: Double) in value }
    case .complex64, .complex128, .unicode, .bytes: break
    }
  }

  @inline(__always)
  private mutating func add<T: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ convert: (T) -> Double
  ) {
    var (least, greatest, others) = (low, high, notFiniteCount)
    for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size) {
      let value = convert(bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
      if value.isFinite {
        if value < least { least = value }
        if value > greatest { greatest = value }
      } else {
        others += 1
      }
    }
    (low, high, notFiniteCount) = (least, greatest, others)
  }
}
