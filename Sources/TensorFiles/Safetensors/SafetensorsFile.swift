import Compute

/// A `.safetensors` file, memory-mapped: named tensors and a dictionary of texts.
///
/// Source: the format's description (eight bytes of header length, a JSON header, the data). Offsets
/// are checked against the file, shapes and each other before anything is used. Errors name the file
/// and the tensor.
public final class SafetensorsFile: Sendable {
  public let path: String
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// Names of the tensors, sorted.
  public let names: [String]

  private let mapping: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]

  public init(path: String) throws {
    self.path = path
    mapping = try MappedFile(path: path)
    let header = try SafetensorsHeader(mapping)
    metadata = header.metadata
    entries = header.entries
    names = entries.keys.sorted()
  }

  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// Type and shape of a tensor.
  public func header(_ name: String) throws -> ArrayHeader { try entry(name).header }

  private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    guard let entry = entries[name] else {
      throw ProgramError(
        .dataError, "the tensor is missing", file: path, key: name.shortened(),
        found: names.isEmpty ? "a file without tensors" : names.listed())
    }
    return entry
  }

  /// A tensor; its bytes stay in the mapped file.
  public func tensor(_ name: String) throws -> TensorData {
    let entry = try entry(name)
    return TensorData(
      scalarType: entry.header.scalarType, shape: entry.header.shape, storage: .mapped(mapping),
      offset: entry.offset)
  }

  /// Gives the memory of the file's pages back, when what was read has been converted; tensors stay
  /// readable.
  public func releasePages() { mapping.release(mapping.bytes) }
}
