import Compute

// Arrays that pass through without being held.

extension NPZFile {
  /// Calls `body` with an array's data piece by piece, so that a large array needs no memory of its
  /// size. The array must be in C order and native byte order.
  ///
  /// Pieces are a multiple of no particular size: an element may be cut.
  ///
  /// - Parameter atOnce: a deflated array of up to 128 MB comes in one piece; several times as fast.
  public func stream(
    _ name: String, atOnce: Bool = false, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let entry = try entry(name)
    try naming(name) {
      var header: NPYHeader?
      var rest = 0
      func use(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        var piece = piece
        if header == nil {
          let parsed = try NPYHeader(piece)
          try NPY.checkLength(parsed, entry.size - parsed.length)
          guard parsed.isPlain else {
            throw ProgramError(
              .dataError, "the array must be in C order and little-endian to be streamed")
          }
          header = parsed
          rest = parsed.dataLength
          piece = UnsafeRawBufferPointer(rebasing: piece[parsed.length...])
        }
        let used = min(rest, piece.count)
        rest -= used
        if used > 0 { try body(UnsafeRawBufferPointer(rebasing: piece[0..<used])) }
        return true
      }
      if atOnce && entry.method != 0 && entry.size <= Inflation.largestWhole {
        _ = try archive.content(entry).withUnsafeBytes(use)
      } else {
        try archive.stream(entry, releasing: true, use)
      }
      guard header != nil else { throw ProgramError(.dataError, "the array is empty") }
    }
  }

  /// The first text of an array of texts, at most `limit` characters of it; nil for an array without
  /// elements. Nothing more is unfolded.
  public func text(_ name: String, atMost limit: Int = 200) throws -> String? {
    let header = try npyHeader(name)
    guard header.shape.allSatisfy({ $0 > 0 }) else { return nil }
    let entry = try entry(name)
    return try naming(name) {
      let wanted: ScalarType =
        switch header.scalarType {
        case .unicode(let count): .unicode(min(count, limit))
        case .bytes(let count): .bytes(min(count, limit))
        case let other: other
        }
      var bytes: [UInt8] = []
      try archive.stream(entry, pieceSize: 1 << 12) {
        bytes.append(contentsOf: $0.prefix(header.length + wanted.size - bytes.count))
        return bytes.count < header.length + wanted.size
      }
      try NPY.checkLength(header, entry.size - header.length)
      guard bytes.count == header.length + wanted.size else {
        throw ProgramError(.dataError, "the array ends early")
      }
      bytes.removeFirst(header.length)
      if header.isBigEndian { swapByteOrder(&bytes, unit: wanted.swapUnit) }
      return try TensorData(scalarType: wanted, shape: [], bytes: bytes).strings().first
    }
  }
}
