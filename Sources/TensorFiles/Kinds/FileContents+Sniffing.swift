import Compute

// How a file's contents are found: the container by `FileKind`, then the names in it by
// `KnownContents`.

extension FileContents {
  /// Looks into a file as far as is needed; no array is read.
  ///
  /// - Parameter readsPickles: a pickle has to be run through whole to be told from another.
  /// - Throws: as `InputFile.open`; what is wrong with a container is a meaning of its own.
  public init(path: String, readsPickles: Bool = true) throws {
    let kind = try FileKind(path: path)
    switch kind {
    case .zip: self = (try? ZipArchive(path: path)).map(Self.init) ?? Self.damaged(kind)
    case .safetensors:
      self = (try? SafetensorsFile(path: path)).map(Self.init) ?? Self.damaged(kind)
    case .pickle where readsPickles:
      guard let (keys, isList) = try? Pickle.topLevelKeys(path: path) else {
        self = Self.damaged(kind)
        return
      }
      self.init(ContainerOutline(pickleKeys: keys, isList: isList))
    case .torchStream: self.init(kind: kind, meaning: .checkpoint)
    default: self.init(kind: kind, meaning: .unopened)
    }
  }

  /// What an archive holds that is open already.
  public init(_ archive: NPZFile) { self.init(ContainerOutline(archive)) }

  /// What a safetensors file holds that is open already.
  public init(_ file: SafetensorsFile) { self.init(ContainerOutline(file)) }

  /// What a pickle holds that has been read already.
  public init(_ pickle: PickleValue) { self.init(ContainerOutline(pickle)) }

  init(_ archive: ZipArchive) {
    if let meaning = ContainerOutline(archive).meaning {
      self.init(kind: .zip, meaning: meaning)
    } else if let arrays = try? NPZFile(archive) {
      self.init(arrays)
    } else {
      self.init(kind: .zip, meaning: .noArrays)
    }
  }

  private init(_ outline: ContainerOutline) {
    self.init(
      kind: outline.kind, meaning: outline.meaning ?? .arrays(count: outline.arrays.count))
  }

  private static func damaged(_ kind: FileKind) -> FileContents {
    FileContents(kind: kind, meaning: .damaged)
  }

  /// The words of a file's contents, or why it cannot be opened. Never throws.
  public static func words(path: String, readsPickles: Bool = true) -> String {
    do {
      return try FileContents(path: path, readsPickles: readsPickles).words
    } catch let error as ProgramError {
      return error.found ?? error.what
    } catch { return FileKind.unknown.words }
  }
}
