import Avatar
import AvatarCreation
import Compute
import Foundation

/// Persons of DINAR's data folders and the avatar that is to be made of each.
struct DinarBatch: PersonBatch {
  /// What a person is made of.
  enum Source {
    case person(DinarFolder.Person)
    /// A photo without mask and fit.
    case photo(String)

    /// The photo's path.
    var photo: String {
      switch self {
      case .person(let person): person.photo
      case .photo(let path): path
      }
    }
  }

  struct Item: BatchPerson {
    let name: String
    /// One, or several of one person.
    let sources: [Source]
    let outputs: DinarOutputs
    /// Of the person among all that were given, from 0: DINAR's names of pictures have it.
    let number: Int

    var input: String { sources[0].photo }
    var result: String { outputs.avatar }
  }

  /// What is left to do.
  let items: [Item]
  /// Persons whose files are not all there.
  let incomplete: [(name: String, error: ProgramError)]
  /// Persons whose avatar was there already.
  let finished: Int

  /// - Parameters:
  ///   - data: folders of DINAR's layout, and photos.
  ///   - names: only these persons; empty for all.
  ///   - merge: the name of the one person whom all show; nil for a person each.
  ///   - output: a file for one person, or a folder.
  ///   - results: what is wanted besides avatars.
  ///   - settings: with which finished avatars are compared.
  ///   - force: makes again what is there.
  init(
    _ data: [String], names: [String], merge: String?, output: String, results: CreateDinar.Results,
    settings: DinarSettings, force: Bool, assets: Assets
  ) throws {
    func isWanted(_ name: String) -> Bool { names.isEmpty || names.contains(name) }
    var all: [(name: String, source: Source, number: Int)] = []
    var broken: [(name: String, error: ProgramError)] = []
    for path in data {
      guard InputFile.isFolder(path) else {
        let photo = try assets.resolve(path, .photo)
        all.append((PathParts(photo).stem, .photo(photo), all.count))
        continue
      }
      let folder = try DinarFolder(path: path)
      try folder.requirePersons()
      broken += folder.incomplete
      for person in folder.persons { all.append((person.name, .person(person), all.count)) }
    }
    let known = Set(all.map(\.name) + broken.map(\.name))
    if let missing = names.first(where: { !known.contains($0) }) {
      throw ProgramError(
        .noInput, "there is no such person", file: data.first, key: "--person \(missing)",
        found: known.sorted().listed())
    }
    incomplete = broken.filter { isWanted($0.name) }
    let wantedPersons = all.filter { isWanted($0.name) }
    var persons = wantedPersons.map { (name: $0.name, sources: [$0.source], number: $0.number) }
    if let merge {
      // A person of fewer photos than were given is not what was asked for.
      if let first = incomplete.first { throw first.error }
      persons = [(merge, persons.flatMap(\.sources), 0)]
    }
    let count = persons.count + incomplete.count
    let parts = PathParts(output)
    let isFile = parts.pathExtension.lowercased() == ".safetensors"
    if isFile, count > 1 {
      throw ProgramError(
        .usage, "several persons do not fit one avatar", file: output,
        expected: "a folder for \(count) persons",
        hint: "-o people/, or --person NAME for one, or --merge NAME if all show the same one")
    }
    if !isFile, !output.hasSuffix("/"), !InputFile.isFolder(output), !parts.pathExtension.isEmpty {
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: output,
        expected: "NAME.safetensors or a folder", hint: "a folder's name ends with a slash")
    }
    let folder = output.hasSuffix("/") ? output : output + "/"
    let wanted = persons.map { person in
      let stem = FileName.stem(person.name, fallback: "person")
      return Item(
        name: person.name, sources: person.sources,
        outputs: DinarOutputs(
          results, avatar: isFile ? output : "\(folder)\(stem).safetensors", name: person.name,
          number: person.number, force: force), number: person.number)
    }
    var owners: [String: Item] = [:]
    for item in wanted {
      if let other = owners.updateValue(item, forKey: FileName.folded(item.outputs.avatar)) {
        throw ProgramError(
          .usage, "two persons have one name", file: item.outputs.avatar,
          found: (other.sources + item.sources).map(\.photo).joined(separator: ", "),
          hint: "give them two folders, or --merge NAME if they show the same person")
      }
    }
    if isFile, let item = wanted.first, !item.outputs.isMissing(output), item.outputs.needsTexture {
      throw PendingFile.alreadyExists(output)
    }
    items = wanted.filter { !$0.outputs.areFinished }
    for item in wanted where !item.outputs.isMissing(item.outputs.avatar) {
      let provenance = settings.provenance(photos: item.sources.count)
      try Self.checkFinished(item.outputs.avatar, provenance) { $0 == provenance }
    }
    finished = wanted.count - items.count
    if !isFile { try OutputFolder.create(output) }
    if let first = items.first { try OutputProbe.check(first.outputs.avatar) }
  }
}
