/// The named arrays of a motion file, whatever the container: one `.npz`, one dictionary of a
/// pickle, or a list of dictionaries with some frames each.
///
/// `MotionTable` reads one key of all entries out of it.
import Compute

/// Named arrays in one or more entries that follow each other in time.
protocol MotionArrays {
  var file: String { get }
  /// Keys of the first entry, sorted.
  var keys: [String] { get }
  /// 1 unless the file is a list.
  var entryCount: Int { get }
  /// Whether the entries are those of DINAR's list.
  var isDINAR: Bool { get }
  /// Bytes of the file, where that limits what may come out of it; nil where its reader saw to it.
  var fileSize: Int? { get }
  /// nil if the entry has no such key or it is not an array of numbers.
  func shape(_ key: String, entry: Int) throws -> [Int]?
  /// The numbers in C order, in chunks of any size.
  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void) throws
  /// A single number of the first entry, or nil.
  func number(_ key: String) throws -> Double?
  /// A single text of the first entry, or nil.
  func text(_ key: String) throws -> String?
}

extension MotionArrays {
  func contains(_ key: String) -> Bool { keys.contains(key) }

  var fileSize: Int? { nil }

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
