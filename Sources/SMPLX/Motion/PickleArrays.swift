/// The arrays of a pickled motion: a dictionary with all frames, or a list of dictionaries.
///
/// DINAR has its list under a key of its own; fits are wrapped in one or two dictionaries now and
/// then. Opened by `MotionFile.open`, read by `MotionReader`.
import Compute
import TensorFiles

struct PickleArrays: MotionArrays {
  let file: String
  let isDINAR: Bool
  let keys: [String]
  private let entries: [PickleValue]

  init(path: String) throws {
    try self.init(Pickle.read(path: path), file: path)
  }

  init(_ value: PickleValue, file: String) throws {
    self.file = file
    let list = value[MotionReader.dinarKey]
    isDINAR = list != nil
    var content = list ?? value
    for wrapper in ["result", "smplx", "smplx_param"] where list == nil {
      if let inner = content[wrapper], Self.isDictionary(inner) { content = inner }
    }
    entries = content.sequence ?? [content]
    if let index = entries.firstIndex(where: { !Self.isDictionary($0) }) {
      throw ProgramError(
        .dataError, "the pickle is no motion", file: file,
        key: isDINAR ? MotionReader.dinarKey : nil,
        expected: "a dictionary of arrays, or a list of them",
        found: entries.count > 1 ? "something else in place \(index)" : "something else")
    }
    keys = entries.first?.keys.sorted() ?? []
  }

  private static func isDictionary(_ value: PickleValue) -> Bool {
    if case .dict = value { true } else { false }
  }

  var entryCount: Int { entries.count }

  private func tensor(_ key: String, entry: Int) throws -> TensorData? {
    guard let tensor = try entries[entry][key]?.tensor(), tensor.scalarType.isReal else {
      return nil
    }
    return tensor
  }

  func shape(_ key: String, entry: Int) throws -> [Int]? { try tensor(key, entry: entry)?.shape }

  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard let tensor = try tensor(key, entry: entry) else { return }
    try tensor.floats().withUnsafeBufferPointer(chunk)
  }

  func number(_ key: String) throws -> Double? { entries.first?[key]?.number }

  func text(_ key: String) throws -> String? { entries.first?[key]?.string }
}
