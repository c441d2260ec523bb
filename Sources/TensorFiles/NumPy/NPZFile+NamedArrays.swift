import Compute

extension NPZFile: NamedArrays {
  public var file: String? { path }

  /// Streams what lies in the archive as floats or doubles of C order; other arrays, which are rare
  /// and small, are read whole.
  public func stream(
    _ name: String, group: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let header = try npyHeader(name)
    switch header.scalarType {
    case .float32 where header.isPlain:
      try stream(name, of: Float.self, group, atOnce, convert: { $0 }, body)
    case .float64 where header.isPlain:
      try stream(name, of: Double.self, group, atOnce, convert: { Float($0) }, body)
    default: try tensor(name).streamFloats(group: group, body)
    }
  }

  private func stream<Element: BitwiseCopyable>(
    _ name: String, of type: Element.Type, _ group: Int, _ atOnce: Bool,
    convert: (Element) -> Float, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let group = max(group, 1)
    let floats = AlignedBuffer<Float>(count: group)
    let elements = AlignedBuffer<Element>(count: group)
    let staging = UnsafeMutableRawBufferPointer(
      start: elements.pointer, count: group * MemoryLayout<Element>.stride)
    var filled = 0
    func pass() throws {
      let count = filled / MemoryLayout<Element>.stride
      filled = 0
      if let direct = elements.pointer as? UnsafeMutablePointer<Float> {
        return try body(UnsafeBufferPointer(start: direct, count: count))
      }
      for index in 0..<count { floats.pointer[index] = convert(elements.pointer[index]) }
      try body(UnsafeBufferPointer(start: floats.pointer, count: count))
    }
    // Pieces end anywhere, so whole groups are put together first.
    try stream(name, atOnce: atOnce) { piece in
      var rest = piece
      while !rest.isEmpty {
        let count = min(rest.count, staging.count - filled)
        UnsafeMutableRawBufferPointer(rebasing: staging[filled..<filled + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        filled += count
        if filled == staging.count { try pass() }
      }
    }
    if filled > 0 { try pass() }
  }

  /// Arrays of objects hold numbers that can be told only when they are unpickled.
  public func holdsArray(_ name: String) -> Bool {
    contains(name) && (try? header(name)) != nil
  }

  /// The Python objects of an array of them, read by the safe unpickler; what it cannot read is `opaque`.
  public func value(_ name: String) -> PickleValue? {
    guard contains(name), !holdsArray(name) else { return nil }
    do {
      let entry = try entry(name)
      guard entry.size <= Self.largestObject else {
        return .opaque("an object of \(entry.size) bytes")
      }
      let content = try archive.content(entry)
      return try content.withUnsafeBytes { try NPYObjects.read($0) }
        ?? .opaque("an array of records")
    } catch let error as ProgramError {
      return .opaque(error.found ?? error.what)
    } catch { return .opaque("something unreadable") }
  }

  /// As much of the text is unfolded as is given back.
  public func singleText(_ name: String) throws -> String? {
    guard let header = singleHeader(name), header.scalarType.isText else { return nil }
    return try text(name)
  }
}
