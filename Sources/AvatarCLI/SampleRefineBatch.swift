import Avatar
import AvatarCreation
import Compute
import Foundation

/// Persons whose textures are made, each of prepared pictures or of a photo, and what is left to do.
struct SampleRefineBatch: PersonBatch {
  enum Source {
    case prepared(PreparedSample)
    case photo(String)

    var path: String { files[0] }

    /// What is read, the texture or the photo first.
    var files: [String] {
      switch self {
      case .prepared(let sample): [sample.texture, sample.mask, sample.normals]
      case .photo(let path): [path]
      }
    }
  }

  struct Item: BatchPerson {
    let name: String
    let source: Source
    let outputs: SampleRefineOutputs
    /// Whether a body is to be fitted to a photo.
    let needsFit: Bool

    var isPhoto: Bool { if case .photo = source { true } else { false } }

    /// Whether a prepared texture is put on a body.
    var paintsBody: Bool { !isPhoto && outputs.avatar != nil }

    var input: String { source.path }
    var result: String { outputs.main }
  }

  let items: [Item]
  /// Prepared textures whose partners are missing or do not fit them.
  let incomplete: [(name: String, error: ProgramError)]
  let finished: Int

  init(_ command: CreateSampleRefine, assets: Assets) throws {
    let (sources, output) = (command.sources, command.output)
    var found: [(name: String, source: Source)] = []
    var broken: [(name: String, error: ProgramError)] = []
    let isPrepared =
      sources.iuv == nil && (sources.pmask != nil || sources.normMap != nil)
    for path in command.pictures {
      if isPrepared || sources.iuv == nil && PreparedFolder.matches(path) {
        let folder = try PreparedFolder(path, masks: sources.pmask, normals: sources.normMap)
        broken += folder.incomplete
        for sample in folder.samples {
          do {
            try sample.checkSizes(mayDiffer: command.results.like != nil)
            found.append((sample.name, .prepared(sample)))
          } catch let error as ProgramError {
            broken.append((sample.name, error))
          }
        }
      } else {
        let photos = try PhotoBatch.files(path, assets)
        found += photos.map { (PathParts($0).stem, .photo($0)) }
      }
    }
    let count = found.count + broken.count
    let kind = PathParts(output).pathExtension.lowercased()
    let isFile = [".safetensors", ".png"].contains(kind)
    try Self.check(output, isFile: isFile, count: count)
    if sources.iuv != nil || sources.fit != nil || command.results.texture != nil, count > 1 {
      throw ProgramError(
        .usage, "--iuv, --fit and --texture are for one picture", file: output,
        found: "\(count) pictures")
    }
    let hasAtlas = sources.atlas != nil || command.body.body != nil
    let all = try found.map { name, source in
      let isPhoto = if case .photo = source { true } else { false }
      let canHaveAvatar = hasAtlas || isPhoto && sources.iuv == nil
      let outputs = try SampleRefineOutputs(
        command, name: name, source: source, isFile: isFile,
        wantsAvatar: isFile ? kind == ".safetensors" : canHaveAvatar)
      if outputs.avatar != nil, isPhoto, sources.iuv != nil, sources.atlas == nil {
        throw ProgramError(
          .usage, "an avatar of an IUV picture needs the SMPL atlas of its body", file: output,
          hint: "name it with --atlas, or make the texture alone: -o FILE.png")
      }
      return Item(
        name: name, source: source, outputs: outputs,
        needsFit: isPhoto && (sources.iuv == nil || outputs.avatar != nil))
    }
    try SampleRefineUnused.check(command, all)
    var owners: [String: Item] = [:]
    for item in all {
      if let other = owners.updateValue(item, forKey: FileName.folded(item.outputs.main)) {
        throw ProgramError(
          .usage, "two pictures would make one file", file: item.outputs.main,
          found: "\(other.source.path), \(item.source.path)", hint: "give them two folders")
      }
    }
    for item in all {
      for path in item.outputs.paths {
        try OutputPlace.check(path, isNoneOf: item.source.files + [sources.iuv].compactMap { $0 })
      }
    }
    if let texture = command.results.texture {
      let folder = PathParts(texture).folder
      guard folder.isEmpty || InputFile.isFolder(folder) else {
        throw ProgramError(
          .cannotCreate, "cannot be created", file: texture, found: "no folder \(folder)",
          hint: "create the folder first")
      }
    }
    if isFile, let item = all.first, !item.outputs.isMissing(output) {
      throw PendingFile.alreadyExists(output)
    }
    items = all.filter { !$0.outputs.areFinished }
    let provenance = try command.networks.settings().provenance
    for case let avatar? in all.map(\.outputs.avatar)
    where FileManager.default.fileExists(atPath: avatar) && !command.batch.force {
      try Self.checkFinished(avatar, provenance) { $0.hasPrefix(provenance) }
    }
    finished = all.count - items.count
    incomplete = broken
    if !isFile { try OutputFolder.create(output) }
  }

  private static func check(_ output: String, isFile: Bool, count: Int) throws {
    if isFile, count > 1 {
      throw ProgramError(
        .usage, "several pictures do not fit one file", file: output,
        expected: "a folder for \(count) pictures", hint: "-o people/")
    }
    let isFolder = output.hasSuffix("/") || InputFile.isFolder(output)
    if !isFile, !isFolder, !PathParts(output).pathExtension.isEmpty {
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: output,
        expected: "NAME.safetensors, NAME.png or a folder",
        hint: "a folder's name ends with a slash")
    }
  }
}
