import Compute

/// An array that is to be written: what it is, and where its bytes come from when a writer asks.
///
/// Writers hold a chunk of one array at a time, so that a file of any size is written in the memory
/// that its arrays have already.
public struct ArraySource: Sendable {
  public let header: ArrayHeader
  private let yield: @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// Bytes that writers get at a time, at most.
  static let chunk = 1 << 20

  /// An array that is made while it is written.
  ///
  /// - Parameter yield: calls what it is given with the elements' bytes in C order, some at a time.
  public init(
    _ header: ArrayHeader,
    yield: @escaping @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) {
    self.header = header
    self.yield = yield
  }

  /// An array as it is; pages of a mapped file are given back as they have been written.
  public init(_ tensor: TensorData) {
    header = ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
    yield = { body in try tensor.forEachPiece(of: Self.chunk, body) }
  }

  /// A tensor in memory, as float32.
  public init(_ tensor: Tensor) {
    header = ArrayHeader(scalarType: .float32, shape: tensor.shape)
    yield = { body in
      try tensor.withUnsafeBuffer { elements throws in
        try UnsafeRawBufferPointer(elements).forEachPiece(of: Self.chunk, body)
      }
    }
  }

  /// An array of other arrays, converted to float32 on the way.
  ///
  /// - Throws: as `NamedArrays.header`.
  public init(floatsOf name: String, in arrays: some NamedArrays) throws {
    header = ArrayHeader(scalarType: .float32, shape: try arrays.header(name).shape)
    yield = { body in
      try arrays.stream(name, group: Self.chunk / MemoryLayout<Float>.size, atOnce: false) {
        try body(UnsafeRawBufferPointer($0))
      }
    }
  }

  /// Calls `body` with the elements' bytes in C order and native byte order, piece by piece.
  ///
  /// - Throws: what reading throws, and `software` when the source does not keep to its header.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var rest = header.byteCount
    try yield { piece in
      rest -= piece.count
      guard rest >= 0 else { return }
      try body(piece)
    }
    guard rest == 0 else {
      throw ProgramError(
        .software, "an array to be written has another size than its header",
        expected: "\(header.byteCount) bytes", found: "\(header.byteCount - rest)")
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Calls `body` with consecutive parts of at most `size` bytes.
  func forEachPiece(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    for start in stride(from: 0, to: count, by: size) {
      try body(UnsafeRawBufferPointer(rebasing: self[start..<Swift.min(start + size, count)]))
    }
  }
}
