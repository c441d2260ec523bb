import Compute

/// An n-dimensional array as a file holds it: type, shape and bytes in C order and native byte order.
///
/// The bytes are owned or lie in a memory-mapped file that the value keeps alive.
public struct TensorData: Sendable {
  public let scalarType: ScalarType
  public let shape: [Int]
  private let storage: Storage
  private let offset: Int

  enum Storage: Sendable {
    case owned([UInt8])
    case mapped(MappedFile)
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  init(scalarType: ScalarType, shape: [Int], storage: Storage, offset: Int = 0) {
    self.scalarType = scalarType
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// An array over `bytes`, which must be count * size many.
  public init(scalarType: ScalarType, shape: [Int], bytes: [UInt8]) {
    self.init(scalarType: scalarType, shape: shape, storage: .owned(bytes))
    precondition(bytes.count == count * scalarType.size)
  }

  public init(shape: [Int], bytes: [UInt8]) {
    self.init(scalarType: .uint8, shape: shape, bytes: bytes)
  }

  public init(shape: [Int], floats: [Float]) {
    self.init(
      scalarType: .float32, shape: shape, bytes: floats.withUnsafeBytes { [UInt8]($0) })
  }

  public init(shape: [Int], doubles: [Double]) {
    self.init(
      scalarType: .float64, shape: shape, bytes: doubles.withUnsafeBytes { [UInt8]($0) })
  }

  public init(shape: [Int], int32s: [Int32]) {
    self.init(scalarType: .int32, shape: shape, bytes: int32s.withUnsafeBytes { [UInt8]($0) })
  }

  public init(shape: [Int], int64s: [Int64]) {
    self.init(scalarType: .int64, shape: shape, bytes: int64s.withUnsafeBytes { [UInt8]($0) })
  }

  /// Calls `body` with the elements' bytes.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let length = count * scalarType.size
    switch storage {
    case .owned(let bytes):
      return try bytes.withUnsafeBytes {
        try body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + length]))
      }
    case .mapped(let file):
      return try withExtendedLifetime(file) {
        try body(UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + length]))
      }
    }
  }

  /// The array as it lies in a mapped file, without a copy; nil where it is not of float32, not aligned to
  /// 64 bytes, not in a file, or ends with it.
  package var viewed: Tensor? {
    guard scalarType == .float32, case .mapped(let file) = storage else { return nil }
    let end = offset + 4 * count
    guard count > 0, end + 64 <= file.bytes.count, let base = file.bytes.baseAddress,
      Int(bitPattern: base + offset) % 64 == 0
    else { return nil }
    return Tensor(
      shape: shape, viewing: (base + offset).assumingMemoryBound(to: Float.self), of: file)
  }

  /// Calls `body` with the elements' bytes, at most `size` at a time; pages of a mapped file are given
  /// back behind it.
  func forEachPiece(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try withUnsafeBytes { bytes in
      try bytes.forEachPiece(of: size) { piece in
        try body(piece)
        if case .mapped(let file) = storage { file.release(piece) }
      }
    }
  }
}
