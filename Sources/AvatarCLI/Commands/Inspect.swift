import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what a file is, what is in it, what can be done with it and what is wrong.",
    discussion: """
      avatar inspect walk_stageii.npz
      avatar inspect SMPLX_NEUTRAL.pkl
      avatar inspect me.safetensors
      avatar inspect dinar.ckpt --depth 3
      avatar inspect walk.bvh --write-map walk.json
      avatar inspect data/
      """)

  @Argument(help: "A file, a folder or a bundled name.")
  var file: String

  @Option(
    parsing: .unconditional,
    help:
      "Levels of modules of a checkpoint to list, 1 to 1000 (default: as many as fit a screen).",
    transform: Limits.depth.parse)
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For a BVH file: write which joint is which, as found, into FILE.json for --map.",
      valueName: "file"),
    transform: OptionText.parse)
  var writeMap: String?

  @Flag(help: "Overwrite a map that exists.")
  var force = false

  func run() throws {
    let path = try Self.find(file)
    if InputFile.isFolder(path) { return try inspectFolder(path) }
    // Pickles are told apart when they have been read.
    let contents = try FileContents(path: path, readsPickles: false)
    if writeMap != nil, contents.kind != .bvh {
      throw ProgramError(
        .usage, "only BVH files have joints to map", file: path, key: "--write-map",
        found: contents.words)
    }
    switch contents.kind {
    case .empty: throw ProgramError(.dataError, "the file is empty", file: path)
    case _ where contents.meaning == .checkpoint:
      // Estimators save motions by torch too.
      if let load = MotionFile.loader(path: path) {
        try inspectMotion(path, contents, load)
      } else {
        try inspectCheckpoint(path)
      }
    case .zip: try inspectArchive(path)
    case .npy: try inspectArray(path)
    case .json: try inspectMotion(path, contents, MotionFile.loader(path: path))
    case _ where contents.kind.isPicture: try inspectPicture(path)
    case _ where contents.kind.isVideo: try inspectVideo(path)
    case .safetensors: try inspectTensors(path)
    case .pickle: try inspectPickle(path)
    case .bvh: try inspectBVH(path)
    default:
      if CompressedFile.method(head: try InputFile.head(path)) != nil {
        return try inspectPickle(path)
      }
      throw ProgramError.otherKind(
        "the file's kind is not known", path: path,
        expected:
          "npz, npy, pickle, JSON, BVH, safetensors, checkpoint, PNG, JPEG, a video or a folder")
    }
  }

  private static func find(_ text: String) throws -> String {
    if FileManager.default.fileExists(atPath: text) { return text }
    let assets = Assets.locate()
    for kind in Assets.Kind.allCases {
      if let path = try? assets.resolve(text, kind) { return path }
    }
    throw ProgramError(
      .noInput, "there is no such file and nothing bundled of that name", file: text,
      hint: "avatar list shows what ships")
  }

  /// Texts of files are cut: a description is a line, not a book.
  func row(_ name: String, _ value: String) {
    let name = name.shortened(to: 100)
    let space = String(repeating: " ", count: max(24 - name.count, 1))
    say("  \(name)\(space)\(value.shortened(to: 2000))")
  }

  func shape(_ extents: [Int]) -> String {
    extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: " x ")
  }

  /// What is printed: texts of files are among it.
  func say(_ text: String) { print(OptionNames.written(text)) }

  /// What was found besides the content.
  struct Findings {
    /// The file that is inspected.
    let path: String
    var notes: [String] = []
    /// What keeps the file from being what it is; the first one counts.
    private(set) var damage: ProgramError?

    /// Takes an error: damage of the file, or a note about what it needs (a body that is another one).
    mutating func add(_ error: any Error, _ prefix: String) {
      guard let error = error as? ProgramError, error.code == .dataError,
        error.file ?? path == path
      else {
        notes.append("\(prefix): \(error)")
        return
      }
      if damage == nil { damage = error } else { notes.append("\(prefix): \(error)") }
    }
  }

  /// Prints the notes, then ends with what is wrong with the file, if anything is.
  func finish(_ findings: Findings) throws {
    for note in findings.notes { say("note: \(note)") }
    if let damage = findings.damage { throw damage }
  }

  private func inspectFolder(_ path: String) throws {
    guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw ProgramError(
        .noInput, "the folder cannot be read", file: path, hint: "check its permissions")
    }
    let names = found.sorted()
    say("\(path): folder, \(names.count == 1 ? "1 entry" : "\(names.count) entries")")
    let base = path.hasSuffix("/") ? path : path + "/"
    var holdsBody = false
    for name in names.prefix(Self.mostRows) {
      let entry = base + name
      guard !InputFile.isFolder(entry) else {
        row(name, "a folder")
        continue
      }
      let contents = try? FileContents(path: entry, readsPickles: false)
      holdsBody = holdsBody || contents?.meaning == .body
      row(name, contents?.words ?? FileContents.words(path: entry))
    }
    if names.count > Self.mostRows { row("...", "\(names.count - Self.mostRows) more") }
    if holdsBody { say("use it: --body \(path)") }
    if DinarFolder.matches(path) { return try describePersons(path) }
    guard let load = MotionFile.loader(path: path) else { return }
    var findings = Findings(path: path)
    describeMotion(&findings, path, FileContents(kind: .unknown, meaning: .motion), load)
    try finish(findings)
  }

  /// A folder of persons in DINAR's layout.
  private func describePersons(_ path: String) throws {
    let folder = try DinarFolder(path: path)
    let names = folder.persons.map(\.name)
    say(
      "persons as DINAR has them: "
        + (names.isEmpty ? "none that is complete" : "\(names.count), \(names.listed())"))
    for (name, error) in folder.incomplete.prefix(Self.mostRows) {
      say("note: \(name) lacks \(error.expected ?? "a file")")
    }
    if folder.incomplete.count > Self.mostRows {
      say("note: \(folder.incomplete.count - Self.mostRows) persons more lack files")
    }
    say("use it: avatar check \(path)")
    say("        avatar create dinar \(path) --checkpoint FILE.ckpt -o people/")
  }

  private func inspectPicture(_ path: String) throws {
    let picture = try PictureFile.read(path: path)
    let kinds = ["grey", "grey and alpha", "RGB", "RGBA"]
    say(
      "\(path): picture, \(picture.width) x \(picture.height), \(kinds[picture.channels - 1]), "
        + "\(picture.bitDepth) bits")
    say("use it: avatar create \(path) -o me.safetensors, or --background \(path)")
  }

  private func inspectVideo(_ path: String) throws {
    let info = try VideoReader(path: path).info
    say(
      "\(path): video, \(info.width) x \(info.height), \(info.frameCount) frames"
        + (info.frameRate.map { ", \($0) frames a second" } ?? "")
        + String(format: ", %.3f s", info.duration))
    row("codec", "\(info.codec) \(info.profile)")
    row("pixels", "\(info.pixelFormat), range \(info.colorRange)")
    row("colour", "\(info.colorPrimaries), \(info.colorTransfer), \(info.colorMatrix)")
    // Reads every frame's bytes: a file that was cut off says so.
    _ = try VideoReader.frameCount(path: path)
  }

  private func inspectTensors(_ path: String) throws {
    let tensors = try SafetensorsFile(path: path)
    var findings = Findings(path: path)
    let isAvatar = FileContents(tensors).meaning == .avatar
    if isAvatar {
      do {
        try describe(AvatarFile(path: path))
      } catch {
        say("\(path): avatar, damaged")
        findings.add(error, "not usable as an avatar")
      }
    } else {
      say("\(path): tensors (.safetensors), \(tensors.names.count)")
      for (key, value) in tensors.metadata.sorted(by: { $0.key < $1.key }).prefix(Self.mostRows) {
        row("[\(key)]", value.shortened(to: 100))
      }
    }
    for name in tensors.names.prefix(Self.mostRows) {
      let header = try tensors.header(name)
      row(name, "\(header.scalarType), \(shape(header.shape))")
    }
    if tensors.names.count > Self.mostRows {
      row("...", "\(tensors.names.count - Self.mostRows) tensors more")
    }
    if isAvatar, findings.damage == nil {
      do {
        let person = try Person(avatar: path, assets: Assets.locate())
        say("use it: avatar turntable \(path) -o turn.mp4")
        findings.notes += person.notices
      } catch {
        findings.add(error, "cannot be rendered")
      }
    }
    try finish(findings)
  }

  private func describe(_ avatar: AvatarFile) throws {
    let it = avatar.description
    say("\(avatar.path): avatar \(it.name.shortened()), format \(it.formatVersion)")
    row("body", it.body.file)
    row("betas", it.betas.prefix(400).map { String(format: "%g", $0) }.joined(separator: " "))
    if let offsets = try avatar.offsets() {
      let farthest = offsets.map { ($0 * $0).sum().squareRoot() }.max() ?? 0
      row(
        "offsets",
        "\(offsets.count) vertices, up to " + String(format: "%.1f mm", 1000 * farthest))
    }
    row("decoder", it.decoder.kind.name)
    if let text = it.description { row("description", text) }
    if let text = it.license { row("licence", text) }
    if let text = it.provenance { row("provenance", text) }
    for (name, value) in try DecoderKind.rows(of: avatar) { row(name, value) }
    if let photo = it.photo {
      let use = it.decoder.kind.isNeural ? ", for --like dinar" : ""
      row("photo", "\(photo.width) x \(photo.height)\(use)")
    }
  }
}
