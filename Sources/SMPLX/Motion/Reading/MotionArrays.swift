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
  /// Keys of the first entry that hold something, sorted: Python's None is as good as absent.
  let keys: [String]
  /// Names of the groups that lead to the entries, the outermost first.
  var path: [String] = []
  /// Arrays of those groups, the nearest first: rates and genders may lie there.
  var outer: [any NamedArrays] = []
  /// The key that the list of entries lies under; nil for entries that lie under none.
  var listKey: String?
  /// Bytes of the file, where that limits what may come out of it; nil where its reader saw to it.
  var fileSize: Int?
  /// What the numbers of pictures go up by from one frame to the next; nil where there are none.
  var pictureStep: Int?
  /// What was noticed while the arrays were found.
  var notices: [String] = []

  /// Groups in the first entry.
  private let inner: [any NamedArrays]

  /// Numbers that are streamed at a time.
  private static let group = 1 << 15

  init(file: String, entries: [any NamedArrays]) {
    self.file = file
    self.entries = entries
    var keys: [String] = []
    var inner: [any NamedArrays] = []
    for name in entries.first?.names ?? [] {
      let value = entries[0].value(name)
      if case .none? = value { continue }
      keys.append(name)
      if let value, let group = PickleArrays(value, file: file) { inner.append(group) }
    }
    self.keys = keys.sorted()
    self.inner = inner
    if entries.count == 1, let archive = entries[0] as? NPZFile { fileSize = archive.fileSize }
  }

  func contains(_ key: String) -> Bool { keys.contains(key) }

  /// The first of `names` that is there.
  func first(_ names: [String]) -> String? { names.first(where: keys.contains) }

  /// nil if the entry has no such key or it is not an array of numbers.
  func shape(_ key: String, entry: Int) throws -> [Int]? {
    guard entries.indices.contains(entry), entries[entry].holdsArray(key) else { return nil }
    let header = try entries[entry].header(key)
    return header.scalarType.isReal ? header.shape : nil
  }

  /// The numbers in C order, in chunks of any size.
  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try entries[entry].stream(key, group: Self.group, atOnce: false, chunk)
  }

  /// The first entry, what lies around it and the groups in it: where single values are looked for.
  private var places: [any NamedArrays] { entries.prefix(1) + outer + inner }

  /// A single number of the first entry, the groups around it or those in it, or nil.
  func number(_ key: String) throws -> Double? {
    for place in places where place.contains(key) {
      if let number = try place.singleNumber(key) { return number }
    }
    return nil
  }

  /// A single text, as `number`.
  func text(_ key: String) throws -> String? {
    for place in places where place.contains(key) {
      if let text = try place.singleText(key) { return text }
    }
    return nil
  }

  /// Whether a key is there or in a group around or in the first entry.
  func mentions(_ key: String) -> Bool {
    contains(key)
      || places.contains { place in
        if !place.contains(key) { return false }
        if case .none? = place.value(key) { return false }
        return true
      }
  }

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
