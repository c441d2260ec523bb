/// A motion in a pickle: one dictionary of arrays, a list of such dictionaries, or DINAR's
/// `{'body_params_list': [...]}`.
///
/// Opened by `MotionFile.open`, read by `MotionReader`.
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
    let frames = value[MotionReader.dinarKey]
    isDINAR = frames != nil
    if frames == nil, case .dict = value {
      entries = [value]
    } else {
      entries = (frames ?? value).sequence ?? []
    }
    guard let first = entries.first else {
      throw ProgramError(
        .dataError, "the pickle holds no motion", file: file,
        key: isDINAR ? MotionReader.dinarKey : nil,
        expected: "a dictionary of arrays or a list of such dictionaries")
    }
    for (index, entry) in entries.enumerated() {
      guard case .dict = entry else {
        throw ProgramError(
          .dataError, "the pickle holds no motion", file: file,
          key: isDINAR ? MotionReader.dinarKey : nil, expected: "dictionaries of arrays",
          found: "something else in entry \(index)")
      }
    }
    keys = first.keys.sorted()
  }

  var entryCount: Int { entries.count }

  func shape(_ key: String, entry: Int) throws -> [Int]? {
    guard let tensor = try tensor(key, entry: entry) else { return nil }
    return tensor.scalarType.isReal ? tensor.shape : nil
  }

  private func tensor(_ key: String, entry: Int) throws -> TensorData? {
    try entries[entry][key]?.tensor()
  }

  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard let tensor = try tensor(key, entry: entry) else {
      throw error("an entry lacks an array", key: key, found: "entry \(entry)")
    }
    try tensor.floats().withUnsafeBufferPointer(chunk)
  }

  func number(_ key: String) throws -> Double? { entries[0][key]?.number }

  func text(_ key: String) throws -> String? { entries[0][key]?.string }
}
