/// The named arrays of a motion file: one `.npz`, one dictionary of a pickle, or a list of
/// dictionaries with some frames each.
///
/// `MotionTable` reads one key of all entries out of it. An archive's arrays are streamed, so that a
/// recording of any length passes through a small buffer; a pickle has been read whole.
import Compute
import TensorFiles

/// Named arrays in one or more entries that follow each other in time.
struct MotionArrays {
  let file: String
  let entries: [any NamedArrays]
  /// Keys of the first entry, sorted.
  let keys: [String]
  /// The key that the list of entries lies under; nil for entries that lie under none.
  var listKey: String?
  /// Bytes of the file, where that limits what may come out of it; nil where its reader saw to it.
  var fileSize: Int?

  /// Numbers that are streamed at a time.
  private static let group = 1 << 15

  init(file: String, entries: [any NamedArrays]) {
    self.file = file
    self.entries = entries
    keys = entries.first?.names.sorted() ?? []
  }

  func contains(_ key: String) -> Bool { keys.contains(key) }

  /// nil if the entry has no such key or it is not an array of numbers.
  func shape(_ key: String, entry: Int) throws -> [Int]? {
    guard entries[entry].holdsArray(key) else { return nil }
    let header = try entries[entry].header(key)
    return header.scalarType.isReal ? header.shape : nil
  }

  /// The numbers in C order, in chunks of any size.
  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try entries[entry].stream(key, group: Self.group, atOnce: false, chunk)
  }

  /// A single number of the first entry, or nil.
  func number(_ key: String) throws -> Double? { try entries.first?.singleNumber(key) }

  /// A single text of the first entry, or nil.
  func text(_ key: String) throws -> String? { try entries.first?.singleText(key) }

  /// Up to `limit` numbers of the first entry; nil for none, and for an array so large that it cannot
  /// be what its name says.
  func numbers(_ key: String, limit: Int) throws -> [Float]? {
    guard let shape = try shape(key, entry: 0) else { return nil }
    let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard (1...MotionLimits.mostSideNumbers).contains(count) else { return nil }
    var values: [Float] = []
    try stream(key, entry: 0) { chunk in
      if values.count < limit { values.append(contentsOf: chunk.prefix(limit - values.count)) }
    }
    return values
  }

  func error(
    _ what: String, key: String? = nil, expected: String? = nil, found: String? = nil,
    hint: String? = nil
  ) -> ProgramError {
    ProgramError(
      .dataError, what, file: file, key: key, expected: expected, found: found, hint: hint)
  }
}
