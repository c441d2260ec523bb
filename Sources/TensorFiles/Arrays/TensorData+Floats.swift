import Compute

extension TensorData {
  /// Calls `body` with the elements as floats in C order, `group` at a time and the rest at the end.
  ///
  /// Arrays of floats and doubles are converted group by group; those of other types, which are small
  /// in the files that are read, at once.
  ///
  /// - Throws: for text and complex numbers.
  func streamFloats(
    group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    switch scalarType {
    case .float32: try stream(of: Float.self, group, convert: { $0 }, body)
    case .float64: try stream(of: Double.self, group, convert: { Float($0) }, body)
    case .float16: try stream(of: UInt16.self, group, convert: { floatOfHalf($0) }, body)
    case .bfloat16:
      try stream(
        of: UInt16.self, group, convert: { Float(bitPattern: UInt32($0) << 16) }, body)
    default:
      try TensorData(shape: shape, floats: floats())
        .stream(of: Float.self, group, convert: { $0 }, body)
    }
  }

  private func stream<Element: BitwiseCopyable>(
    of type: Element.Type, _ group: Int, convert: (Element) -> Float,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let total = count
    let group = max(1, min(group, total))
    let floats = AlignedBuffer<Float>(count: group)
    try withUnsafeBytes { bytes in
      for start in Swift.stride(from: 0, to: total, by: group) {
        let count = min(group, total - start)
        for index in 0..<count {
          floats.pointer[index] = convert(
            bytes.loadUnaligned(
              fromByteOffset: (start + index) * MemoryLayout<Element>.stride, as: Element.self))
        }
        try body(UnsafeBufferPointer(start: floats.pointer, count: count))
      }
    }
  }
}
