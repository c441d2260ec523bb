import Compute

/// Named arrays, read one at a time: those of a file, whatever its format, or some in memory.
///
/// What body models, motions and the parameters of networks are read from. Each container has its
/// conformance beside it: `NPZFile`, `SafetensorsFile`, `TorchCheckpoint`, `PickleArrays`, and a
/// dictionary of `Tensor`s.
public protocol NamedArrays: Sendable {
  /// What errors call the file; nil where there is none.
  var file: String? { get }
  /// In the file's order, or sorted where a format has none.
  var names: [String] { get }
  func contains(_ name: String) -> Bool
  /// Whether an array lies under a name: pickles hold other things beside theirs.
  func holdsArray(_ name: String) -> Bool

  /// Type and shape of an array, without reading it where the format allows.
  ///
  /// - Throws: `dataError` when there is no such array, or its description is damaged.
  func header(_ name: String) throws -> ArrayHeader

  /// An array, all of it; its bytes stay in the mapped file where they can be used there.
  func tensor(_ name: String) throws -> TensorData

  /// Calls `body` with the elements as floats in C order, `group` at a time and the rest at the end,
  /// without holding the array where the format allows.
  ///
  /// - Parameters:
  ///   - group: at least 1.
  ///   - atOnce: a compressed array of up to 128 MB may be held: several times as fast.
  /// - Throws: as `tensor`, and for text and complex numbers.
  func stream(
    _ name: String, group: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws

  /// Writes the elements as floats in C order, as many as the array has.
  func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws

  /// The number under a name; nil where there is something else or nothing.
  func singleNumber(_ name: String) throws -> Double?

  /// The text under a name, cut where it is long; nil where there is something else or nothing.
  func singleText(_ name: String) throws -> String?

  /// Called when what was wanted has been read: a mapped file gives its memory back. Arrays stay
  /// readable.
  func releasePages()

  /// What lies under a name that is no array: a group, a list, a text, Python's None; nil for arrays, for
  /// absent names and for what cannot be read.
  func value(_ name: String) -> PickleValue?
}

extension NamedArrays {
  public func contains(_ name: String) -> Bool { names.contains(name) }
  public func holdsArray(_ name: String) -> Bool { contains(name) }
  public func value(_ name: String) -> PickleValue? { nil }
  public func releasePages() {}

  public func stream(
    _ name: String, group: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try tensor(name).streamFloats(group: group, body)
  }

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    var rest = target[...]
    try tensor(name).streamFloats(group: 1 << 14) { floats in
      guard floats.count <= rest.count else { throw otherCount(name, target.count) }
      _ = UnsafeMutableBufferPointer(rebasing: rest.prefix(floats.count))
        .update(fromContentsOf: floats)
      rest = rest.dropFirst(floats.count)
    }
    guard rest.isEmpty else { throw otherCount(name, target.count) }
  }

  public func singleNumber(_ name: String) throws -> Double? {
    guard let header = singleHeader(name), header.scalarType.isReal else { return nil }
    return try tensor(name).doubles().first
  }

  public func singleText(_ name: String) throws -> String? {
    guard let header = singleHeader(name), header.scalarType.isText else { return nil }
    return try tensor(name).strings().first
  }

  /// The header of an array of one element; nil for other arrays and for those that cannot be read
  /// (Python objects).
  func singleHeader(_ name: String) -> ArrayHeader? {
    guard holdsArray(name), let header = try? header(name), header.shape.allSatisfy({ $0 == 1 })
    else { return nil }
    return header
  }

  private func otherCount(_ name: String, _ count: Int) -> ProgramError {
    ProgramError(
      .software, "the array has another number of elements", file: file, key: name,
      expected: "\(count)")
  }
}
