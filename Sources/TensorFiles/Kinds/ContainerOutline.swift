import Compute

/// A container as far as its contents are told by: the names in it.
struct ContainerOutline {
  let kind: FileKind
  /// Names of the arrays, or the keys of a pickled dictionary.
  var arrays: Set<String> = []
  /// Keys of a safetensors file's texts.
  var texts: Set<String> = []
  /// Entries of an archive, a single folder above them written as `*`.
  var entries: Set<String> = []
  /// Whether it is a list of dictionaries, `arrays` the keys of the first.
  var isList = false
  /// Columns of the skinning weights; nil where they are not told.
  var joints: () -> Int? = { nil }

  /// Joints of SMPL-X, which this program renders.
  private static let jointsOfSMPLX = 55

  /// What `KnownContents` says of it; nil for contents that are not known.
  var meaning: FileContents.Meaning? {
    guard let meaning = KnownContents.list.first(where: { $0.fits(self) })?.meaning else {
      return nil
    }
    guard meaning == .body else { return meaning }
    let joints = joints()
    if let joints, joints != Self.jointsOfSMPLX { return .otherBody(joints: joints) }
    let isSMPLX = joints != nil || arrays.contains("hands_componentsl")
    return isSMPLX ? .body : .otherBody(joints: nil)
  }

  init(_ archive: ZipArchive) {
    kind = .zip
    entries = Set(
      archive.entries.map { entry in
        let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 ? "*/\(parts[1])" : entry.name
      })
  }

  init(_ archive: NPZFile) {
    self.init(archive.archive)
    arrays = Set(archive.names)
    joints = { (try? archive.header("weights").shape)?.last }
  }

  init(_ file: SafetensorsFile) {
    kind = .safetensors
    arrays = Set(file.names)
    texts = Set(file.metadata.keys)
  }

  init(pickleKeys keys: [String], isList: Bool) {
    kind = .pickle
    arrays = Set(keys)
    self.isList = isList
  }

  init(_ pickle: PickleValue) {
    let first = pickle.sequence?.first
    self.init(pickleKeys: (first ?? pickle).keys, isList: first != nil)
    joints = { ((try? pickle["weights"]?.tensor()) ?? nil)?.shape.last }
  }
}
