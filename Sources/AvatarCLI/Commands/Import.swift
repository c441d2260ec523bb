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
      avatar import dinar person01.pkl --checkpoint dinar.ckpt --body smplx_models -o person01.safetensors
      avatar import dinar finetuned/ --checkpoint dinar.ckpt --body smplx_models -o avatars/
      avatar turntable person01.safetensors -o turn.mp4
      """)

  @Argument(help: "Persons: NAME.pkl of textures/data_dict, or folders of them.")
  var persons: [String]

  @Option(help: "DINAR's checkpoint.")
  var checkpoint: String

  @Option(
    name: [.short, .long], help: "Avatar to make, .safetensors; a folder for several persons.")
  var output: String

  @Option(
    help: "Body model: a file, or a folder of official SMPL-X files (default: the bundled ones).")
  var body: String?

  @Option(
    help:
      "Folder of uv.npy, uv_faces.npy and v_inds.npy (default: the checkpoint's, or the body's).")
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
    Interruption.install()
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

  /// A file for each person, checked before any work.
  private func outputs(_ persons: [DinarPerson]) throws -> [String] {
    let isFile = output.hasSuffix(".safetensors")
    if isFile, persons.count > 1 {
      throw ProgramError(
        .usage, "several persons do not fit one avatar", file: output,
        expected: "a folder for \(persons.count) persons", hint: "-o avatars/")
    }
    if !isFile {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    }
    let folder = output.hasSuffix("/") ? output : output + "/"
    let outputs = persons.map { isFile ? output : "\(folder)\($0.name).safetensors" }
    if Set(outputs).count < outputs.count {
      throw ProgramError(
        .usage, "two persons have one name", file: output,
        found: persons.map(\.name).joined(separator: ", "))
    }
    for output in outputs where !force && FileManager.default.fileExists(atPath: output) {
      throw ProgramError(
        .cannotCreate, "the output exists already", file: output, hint: "--force overwrites it")
    }
    return outputs
  }
}
