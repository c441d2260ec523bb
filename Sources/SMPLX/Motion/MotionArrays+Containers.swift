/// The containers that motions come in: `.npz` archives with all frames, and pickles of a dictionary
/// with all frames or of a list of dictionaries.
import Compute
import TensorFiles

extension MotionArrays {
  /// One entry with all frames.
  init(_ archive: NPZFile) {
    self.init(file: archive.path, entries: [archive])
    fileSize = archive.fileSize
  }

  /// A list may lie under a key of its own, as DINAR's does; fits are wrapped in one or two dictionaries now and
  /// then.
  ///
  /// - Throws: `dataError` for a pickle that is neither a dictionary nor a list of them.
  init(_ pickle: PickleValue, file: String) throws {
    let list = pickle[MotionReader.dinarKey]
    var content = list ?? pickle
    for wrapper in ["result", "smplx", "smplx_param"] where list == nil {
      if let inner = content[wrapper], PickleArrays(inner, file: file) != nil { content = inner }
    }
    let values = content.sequence ?? [content]
    var entries: [PickleArrays] = []
    for (index, value) in values.enumerated() {
      guard let entry = PickleArrays(value, file: file) else {
        throw ProgramError(
          .dataError, "the pickle is no motion", file: file,
          key: list == nil ? nil : MotionReader.dinarKey,
          expected: "a dictionary of arrays, or a list of them",
          found: values.count > 1 ? "something else in place \(index)" : "something else")
      }
      entries.append(entry)
    }
    self.init(file: file, entries: entries)
    listKey = list == nil ? nil : MotionReader.dinarKey
  }
}
