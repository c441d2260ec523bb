import ArgumentParser
import Avatar
import Compute
import Foundation

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes avatars of what other systems wrote.",
    subcommands: [ImportDinar.self])
}

struct ImportDinar: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dinar",
    abstract: "Makes avatars of persons that DINAR kept, with its renderer.",
    discussion: """
      avatar import dinar person01.pkl --checkpoint dinar.ckpt \\
        --body smplx_models -o person01.safetensors
      avatar import dinar finetuned/ --checkpoint dinar.ckpt \\
        --body smplx_models -o avatars/
      avatar turntable person01.safetensors -o turn.mp4
      """)

  @Argument(help: "Persons: NAME.pkl of textures/data_dict, or folders of them.")
  var persons: [String]

  @Option(
    name: [.long, .customLong("ckpt_path")], parsing: .unconditional, help: "DINAR's checkpoint.",
    transform: OptionText.parse)
  var checkpoint: String

  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: "Avatar to make, FILE.safetensors, or a FOLDER/ for several persons.",
    transform: OptionText.parse)
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Body: neutral, male, female, a file, or a folder of official SMPL-X files (default: the bundled ones).",
      valueName: "body"),
    transform: OptionText.parse)
  var body: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folder of uv.npy, uv_faces.npy and v_inds.npy (default: the checkpoint's, or the body's).",
      valueName: "folder"),
    transform: OptionText.parse)
  var tables: String?

  @Flag(help: "Leave the weights in the checkpoint; rendering then needs --checkpoint.")
  var withoutWeights = false

  @Flag(help: "Overwrite avatars that exist.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  func run() throws {
    let files = try DinarPerson.files(persons)
    let persons = try files.map { try DinarPerson(path: $0) }
    let outputs = try outputs(persons)
    let work = try DinarImport(
      checkpoint: checkpoint, tables: tables, body: body, embedsWeights: !withoutWeights,
      assets: Assets.locate(), pool: WorkerPool(threads: nil))
    let report = ProgressReport(style: quiet ? .quiet : .automatic)
    for (person, output) in zip(persons, outputs) {
      let notices: [String]
      do {
        notices = try work.makeAvatar(
          of: person, at: output, overwrite: force, progress: report.update)
      } catch {
        report.endLine()
        throw error
      }
      report.endLine()
      if quiet { continue }
      for notice in notices { Terminal.warn(notice) }
      Terminal.note("\(output): \(person.name)")
    }
  }

  /// A file for each person, checked before any work. Names of persons come from files, so each is
  /// made the name of a file by `FileName`.
  private func outputs(_ persons: [DinarPerson]) throws -> [String] {
    let kind = PathParts(output)
    let isFile = kind.pathExtension.lowercased() == ".safetensors"
    if !isFile, ![".", ".."].contains(kind.name), kind.name.utf8.contains(UInt8(ascii: ".")) {
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: output,
        expected: "NAME.safetensors or a folder",
        hint: "the name of a folder has no dot, or a slash at its end")
    }
    if isFile, persons.count > 1 {
      throw ProgramError(
        .usage, "several persons do not fit one avatar", file: output,
        expected: "a folder for \(persons.count) persons", hint: "-o avatars/")
    }
    let folder = output.hasSuffix("/") ? output : output + "/"
    let outputs = persons.map { isFile ? output : "\(folder)\($0.fileStem).safetensors" }
    var owners: [String: DinarPerson] = [:]
    for (person, output) in zip(persons, outputs) {
      if let other = owners.updateValue(person, forKey: FileName.folded(output)) {
        throw ProgramError(
          .usage, "two persons have one name", file: output,
          found: [other, person].map { "\($0.name) of \($0.path)" }.joined(separator: ", "),
          hint: "import them into two folders")
      }
    }
    if !isFile { try OutputFolder.create(output) }
    for output in outputs where !force && FileManager.default.fileExists(atPath: output) {
      throw PendingFile.alreadyExists(output)
    }
    return outputs
  }
}
