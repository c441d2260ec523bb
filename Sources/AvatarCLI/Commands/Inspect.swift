import ArgumentParser
import Avatar
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
      """)

  @Argument(help: "A file or a bundled name.")
  var file: String

  @Option(help: "Levels of modules of a checkpoint to list (default: as many as fit a screen).")
  var depth: Int?

  func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth must be at least 1") }
  }

  func run() throws {
    let path = try Self.find(file)
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ProgramError(.noInput, "the file cannot be opened", file: path)
    }
    let head = [UInt8](handle.readData(ofLength: 16))
    try? handle.close()
    if head.isEmpty { throw ProgramError(.dataError, "the file is empty", file: path) }
    if TorchCheckpoint.recognises(path: path) { return try inspectCheckpoint(path) }
    if head.starts(with: [0x50, 0x4b]) { return try inspectArchive(path) }
    if head.starts(with: [0x93] + Array("NUMPY".utf8)) { return try inspectArray(path) }
    if head.starts(with: [0x89] + Array("PNG".utf8)) || head.starts(with: [0xff, 0xd8, 0xff]) {
      return try inspectPicture(path)
    }
    if head.count >= 8, Array(head[4..<8]) == Array("ftyp".utf8) { return try inspectVideo(path) }
    if head.count > 8, head[8] == UInt8(ascii: "{") { return try inspectTensors(path) }
    if head[0] == 0x80 || path.hasSuffix(".pkl") || path.hasSuffix(".pickle") {
      return try inspectPickle(path)
    }
    throw ProgramError(
      .dataError, "the file's kind is not known", file: path,
      expected: "npz, npy, pickle, safetensors, checkpoint, PNG, JPEG or MP4")
  }

  private static func find(_ text: String) throws -> String {
    if FileManager.default.fileExists(atPath: text) { return text }
    let assets = try Assets.locate()
    for kind in Assets.Kind.allCases where assets.names(kind).contains(text) {
      return try assets.resolve(text, kind)
    }
    throw ProgramError(
      .noInput, "there is no such file and nothing bundled of that name", file: text,
      hint: "avatar list shows what ships")
  }

  func row(_ name: String, _ value: String) {
    print(
      "  \(name.padding(toLength: max(24, name.count + 1), withPad: " ", startingAt: 0))\(value)")
  }

  func shape(_ extents: [Int]) -> String {
    extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: " x ")
  }

  private func inspectArchive(_ path: String) throws {
    let archive = try NPZFile(path: path)
    let names = archive.names
    let isBody = names.contains("v_template") && names.contains("weights")
    var problems: [String] = []
    if isBody {
      print("\(path): body model (.npz)")
    } else {
      print("\(path): NumPy archive, \(names.count) array\(names.count == 1 ? "" : "s")")
    }
    for name in names {
      do {
        let header = try archive.header(name)
        row(name, "\(header.scalarType), \(shape(header.shape))")
      } catch let error as ProgramError {
        row(name, "not readable: \(error.what)")
      }
    }
    if isBody {
      describeBody(path, &problems)
    } else {
      describeMotion(path, &problems)
    }
    finish(problems)
  }

  private func describeBody(_ path: String, _ problems: inout [String]) {
    do {
      let model = try BodyModel.load(path: path)
      print(
        "as a body: \(model.vertexCount) vertices, \(model.faces.count / 3) triangles, "
          + "\(model.jointCount) joints, \(model.shapeCount) shape and "
          + "\(model.expressionCount) expression coefficients"
          + (model.uv == nil ? ", no texture coordinates" : ", with texture coordinates"))
      print("use it:    avatar turntable sample --body \(path) -o turn.mp4")
      if model.uv == nil { problems.append("without vt and ft no avatar can be drawn on it") }
    } catch {
      problems.append("not usable as a body: \(error)")
    }
  }

  private func describeMotion(_ path: String, _ problems: inout [String]) {
    do {
      let motion = try MotionFile.load(path: path)
      let resampled = try? ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
      print("as a motion: \(resampled?.description ?? motion.summary.description)")
      print("use it:      avatar animate sample \(path) -o motion.mp4")
      problems += resampled?.notices ?? motion.summary.notices
    } catch let error as ProgramError {
      print("as a motion: no: \(error.what)")
      if error.code == .dataError, let expected = error.expected {
        print("             expected \(expected)")
      }
    } catch {
      problems.append("\(error)")
    }
  }

  func finish(_ problems: [String]) {
    for problem in problems { print("note: \(problem)") }
  }

  private func inspectArray(_ path: String) throws {
    let tensor = try NPY.read(path: path)
    print("\(path): NumPy array, \(tensor.scalarType), \(shape(tensor.shape))")
    if let values = try? tensor.doubles(), let first = values.first {
      let finite = values.filter(\.isFinite)
      let low = finite.min() ?? first
      let high = finite.max() ?? first
      print("values from \(low) to \(high)")
      if finite.count < values.count {
        print("note: \(values.count - finite.count) values are not finite")
      }
    }
  }

  private func inspectPicture(_ path: String) throws {
    let picture = try PictureFile.read(path: path)
    let kinds = ["grey", "grey and alpha", "RGB", "RGBA"]
    print(
      "\(path): picture, \(picture.width) x \(picture.height), \(kinds[picture.channels - 1]), "
        + "\(picture.bitDepth) bits")
    print("use it: --background \(path)")
  }

  private func inspectVideo(_ path: String) throws {
    let info = try VideoReader(path: path).info
    print(
      "\(path): video, \(info.width) x \(info.height), \(info.frameCount) frames"
        + (info.frameRate.map { ", \($0) frames a second" } ?? "")
        + String(format: ", %.3f s", info.duration))
    row("codec", "\(info.codec) \(info.profile)")
    row("pixels", "\(info.pixelFormat), range \(info.colorRange)")
    row("colour", "\(info.colorPrimaries), \(info.colorTransfer), \(info.colorMatrix)")
  }

  private func inspectTensors(_ path: String) throws {
    let tensors = try SafetensorsFile(path: path)
    if tensors.metadata["avatar"] != nil {
      let avatar = try AvatarFile(path: path)
      let it = avatar.description
      print("\(path): avatar \(it.name), format \(it.formatVersion)")
      row("body", it.body.file)
      row("betas", it.betas.map { String(format: "%g", $0) }.joined(separator: " "))
      let isPlain = it.decoder.kind == "plain"
      row("decoder", it.decoder.kind + (isPlain ? ", light \(it.decoder.light ?? "soft")" : ""))
      if let text = it.description { row("description", text) }
      if let text = it.license { row("licence", text) }
      if let text = it.provenance { row("provenance", text) }
      if isPlain {
        let picture = try avatar.colorTexture()
        row("texture", "\(picture.width) x \(picture.height), \(picture.channels) channels")
      } else {
        row(
          "weights",
          it.decoder.weightsPrefix.map { "in this file, \($0)*" }
            ?? "in \(it.decoder.checkpoint ?? "a checkpoint"), for --checkpoint")
      }
      if let photo = it.photo { row("photo", "\(photo.width) x \(photo.height), for --like dinar") }
    } else {
      print("\(path): tensors (.safetensors), \(tensors.names.count)")
      for (key, value) in tensors.metadata.sorted(by: { $0.key < $1.key }) {
        row("[\(key)]", String(value.prefix(100)))
      }
    }
    for name in tensors.names.prefix(Self.mostRows) {
      let header = try tensors.header(name)
      row(name, "\(header.scalarType), \(shape(header.shape))")
    }
    if tensors.names.count > Self.mostRows {
      row("...", "\(tensors.names.count - Self.mostRows) tensors more")
    }
    if tensors.metadata["avatar"] != nil {
      let assets = try Assets.locate()
      do {
        let person = try Person(avatar: path, assets: assets)
        print("use it: avatar turntable \(path) -o turn.mp4")
        finish(person.notices)
      } catch {
        finish(["cannot be rendered: \(error)"])
      }
    }
  }

  private func inspectPickle(_ path: String) throws {
    var problems: [String] = []
    print("\(path): pickle")
    describePickle(path, &problems)
    finish(problems)
  }

  private func describePickle(_ path: String, _ problems: inout [String]) {
    if let person = try? DinarPerson(path: path) {
      print("a person kept by DINAR: \(person.name), \(person.gender) body")
      row("neural texture", shape(person.texture.shape))
      print(
        "use it: avatar import dinar \(path) --checkpoint FILE.ckpt -o \(person.name).safetensors")
    } else if let model = try? BodyModel.load(path: path) {
      print("a body model of \(model.vertexCount) vertices")
      describeBody(path, &problems)
    } else {
      describeMotion(path, &problems)
    }
  }
}
