import Compute

/// What a file of arrays holds, whatever its container: arrays under names, or a tree of values.
///
/// The one notion by which everything above reads `.npz`, `.npy`, pickles (joblib's too), files of
/// torch, JSON and safetensors.
public enum ArrayFile {
  public enum Contents: Sendable {
    /// Arrays under names, read when they are asked for.
    case arrays(any NamedArrays)
    /// A dictionary, a list or whatever else a tree begins with, in memory.
    case value(PickleValue)
  }

  /// Opens a file by its first bytes. Objects of classes that are not read become `opaque` values.
  ///
  /// - Returns: nil for a file that is none of these containers.
  /// - Throws: as `InputFile.open`, and `dataError` for damage.
  public static func open(path: String) throws -> Contents? {
    switch try FileKind(path: path) {
    case .zip:
      let archive = try ZipArchive(path: path)
      if FileContents(archive).meaning == .checkpoint {
        return .value(try TorchObject.value(path: path))
      }
      return .arrays(try NPZFile(archive))
    case .npy:
      if let objects = try NPY.objects(path: path) { return .value(objects) }
      return .value(.tensor(try NPY.read(path: path)))
    case .pickle: return .value(try Pickle.read(path: path, keepsStrangers: true))
    case .torchStream: return .value(try TorchObject.value(path: path))
    case .json: return .value(try JSONValue.read(path: path))
    case .safetensors: return .arrays(try SafetensorsFile(path: path))
    default:
      guard CompressedFile.method(head: try InputFile.head(path, count: 8)) != nil else {
        return nil
      }
      // joblib compresses whole pickles; a compressed file of something else is no pickle inside.
      return .value(try Pickle.read(path: path, keepsStrangers: true))
    }
  }
}
