import Compute

/// A NumPy `.npz` archive: named arrays, read one by one.
///
/// Stored arrays in C order are used where they lie in the mapped file; deflated ones are inflated
/// when asked for. An array that cannot be read (Python objects) does not keep the others from being
/// read. Errors name the file and the array.
public final class NPZFile: Sendable {
  public let path: String
  /// Names of the arrays, without `.npy`, in the file's order.
  public let names: [String]
  let archive: ZipArchive
  private let entries: [String: ZipArchive.Entry]

  public convenience init(path: String) throws { try self.init(ZipArchive(path: path)) }

  init(_ archive: ZipArchive) throws {
    let path = archive.file.path
    self.path = path
    self.archive = archive
    var names: [String] = []
    var entries: [String: ZipArchive.Entry] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw ProgramError(
          .dataError, "two arrays have one name", file: path, key: name.shortened())
      }
      names.append(name)
    }
    guard !names.isEmpty || archive.entries.isEmpty else {
      throw ProgramError(
        .dataError, Self.holdsNoArrays, file: path,
        found: archive.entries.map(\.name).listed(most: 5))
    }
    self.names = names
    self.entries = entries
  }

  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// What an error says of an archive of other things.
  public static let holdsNoArrays = "the archive holds no NumPy arrays"

  /// Bytes of the file.
  public var fileSize: Int { archive.file.bytes.count }

  /// Bytes of everything in it, unfolded.
  public var unfoldedSize: Int {
    // Each entry is at most some thousand times as large as the file, and there are fewer than 2^42.
    archive.entries.reduce(0) { $0.addingReportingOverflow($1.size).partialValue }
  }

  /// Reads what has not been read yet and compares checksums.
  ///
  /// - Throws: `ProgramError` of the first entry that is damaged.
  public func verify() throws {
    let room = max(Self.unfoldingRoom, fileSize.multipliedReportingOverflow(by: 64).partialValue)
    guard unfoldedSize <= room else {
      throw ProgramError(
        .dataError, "the archive is far larger than its file", file: path,
        expected: "at most \(room >> 20) MB unfolded", found: "\(unfoldedSize >> 20) MB")
    }
    do {
      try archive.verify()
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  func entry(_ name: String) throws -> ZipArchive.Entry {
    guard let entry = entries[name] else {
      throw ProgramError(
        .dataError, "the array is missing", file: path, key: name.shortened(),
        found: names.isEmpty ? "an empty archive" : names.listed())
    }
    return entry
  }

  func naming<R>(_ name: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch var error as ProgramError {
      error.key = name.shortened()
      throw error.inFile(path)
    }
  }

  /// What an archive of any size may unfold to, to be read as a whole.
  static let unfoldingRoom = 2 << 30
  /// Bytes of an array of Python objects that is unpickled.
  static let largestObject = 1 << 30
  /// Bytes behind an array that are passed over.
  static let mostSurplus = 1 << 16

  /// Type and shape of an array, without reading its data.
  public func header(_ name: String) throws -> ArrayHeader {
    let header = try npyHeader(name)
    return ArrayHeader(scalarType: header.scalarType, shape: header.shape)
  }

  func npyHeader(_ name: String) throws -> NPYHeader {
    let entry = try entry(name)
    return try naming(name) {
      var head: [UInt8] = []
      // Most headers have 128 bytes; inflating more of an array would be in vain.
      try archive.stream(entry, pieceSize: 1024) {
        head.append(contentsOf: $0)
        return head.count < head.withUnsafeBytes { NPYHeader.length($0) }
      }
      return try head.withUnsafeBytes { try NPYHeader($0) }
    }
  }

  /// An array.
  public func tensor(_ name: String) throws -> TensorData {
    let entry = try entry(name)
    return try naming(name) {
      let header = try npyHeader(name)
      // Numbers that an array of this shape cannot hold are not worth the memory.
      try NPY.checkLength(header, entry.size - header.length)
      guard entry.size - header.length - header.dataLength <= Self.mostSurplus else {
        throw ProgramError(
          .dataError, "the entry is far larger than its array",
          expected: "\(header.length + header.dataLength) bytes for shape \(header.shape)",
          found: "\(entry.size)")
      }
      if entry.method == 0 && header.isPlain {
        // Reads the data once, as NumPy does, so that damage is noticed here.
        try archive.stream(entry) { _ in true }
        return TensorData(
          scalarType: header.scalarType, shape: header.shape, storage: .mapped(archive.file),
          offset: entry.offset + header.length)
      }
      let content = try archive.content(entry)
      if header.isPlain {
        return TensorData(
          scalarType: header.scalarType, shape: header.shape, storage: .owned(content),
          offset: header.length)
      }
      return NPY.array(
        header, Array(content[header.length..<header.length + header.dataLength]))
    }
  }
}
