import Avatar
import Compute
import SMPLX
import TensorFiles

extension Inspect {
  /// A NumPy archive: its arrays, and what they are together. Opened once; everything in it is read.
  func inspectArchive(_ path: String) throws {
    let archive = try NPZFile(path: path)
    let names = archive.names
    let contents = FileContents(archive)
    var findings = Findings(path: path)
    if contents.isBody {
      say("\(path): body model (.npz)")
    } else {
      say("\(path): NumPy archive, \(names.count) array\(names.count == 1 ? "" : "s")")
    }
    for (index, name) in names.enumerated() {
      do {
        let header = try archive.header(name)
        if index < Self.mostRows { row(name, "\(header.scalarType), \(shape(header.shape))") }
      } catch let error as ProgramError {
        if index < Self.mostRows { row(name, "not readable: \(error.what)") }
        if !NPY.isOfOtherType(error) { findings.add(error, "damaged") }
      }
    }
    if names.count > Self.mostRows { row("...", "\(names.count - Self.mostRows) arrays more") }
    if contents.isBody {
      describeBody(&findings, path, contents) { try BodyModel.load(archive) }
    } else {
      describeMotion(&findings, path, contents) { try MotionFile.load(archive) }
    }
    do {
      try archive.verify()
    } catch {
      findings.add(error, "damaged")
    }
    try finish(findings)
  }

  /// Bodies of other joints are whole files of another system.
  private func describeBody(
    _ findings: inout Findings, _ path: String, _ contents: FileContents,
    _ load: () throws -> BodyModel
  ) {
    do {
      let model = try load()
      say(
        "as a body: \(model.vertexCount) vertices, \(model.faces.count / 3) triangles, "
          + "\(model.jointCount) joints, \(model.shapeCount) shape and "
          + "\(model.expressionCount) expression coefficients"
          + (model.uv == nil ? ", no texture coordinates" : ", with texture coordinates"))
      say("use it:    avatar turntable \(path) -o turn.mp4")
      if model.uv == nil {
        findings.notes.append("without vt and ft no texture can be drawn on it")
      }
    } catch let error where Self.isWholeForOthers(contents) {
      findings.notes.append("not usable as a body: \(error)")
    } catch {
      findings.add(error, "not usable as a body")
    }
  }

  private static func isWholeForOthers(_ contents: FileContents) -> Bool {
    if case .otherBody(_?) = contents.meaning { true } else { false }
  }

  func describeMotion(
    _ findings: inout Findings, _ path: String, _ contents: FileContents,
    _ load: () throws -> any Motion
  ) {
    do {
      let motion = try load()
      let resampled = try? ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
      say("as a motion: \(resampled?.description ?? motion.summary.description)")
      for (kind, option, names) in [
        ("sequences:  ", "--sequence", motion.summary.sequences),
        ("persons:    ", "--person", motion.summary.persons),
      ] where !names.isEmpty {
        say("\(kind) \(names.map { $0.shortened(to: 60) }.listed(most: 40)) (\(option))")
      }
      say("use it:      avatar animate sample \(Assets.shellWord(path)) -o motion.mp4")
      findings.notes += resampled?.notices ?? motion.summary.notices
    } catch let error as ProgramError {
      say("as a motion: no: \(error.what)")
      if error.code == .dataError, let expected = error.expected {
        say("             expected \(expected)")
      }
      if contents.meaning == .motion { findings.add(error, "not usable as a motion") }
    } catch {
      findings.add(error, "not usable as a motion")
    }
  }

  /// A file that is a motion or nothing that is known.
  ///
  /// - Parameter load: reads the motion; nil where it is none.
  func inspectMotion(
    _ path: String, _ contents: FileContents, _ load: (() throws -> any Motion)?
  ) throws {
    say("\(path): \(contents.kind.words)")
    var findings = Findings(path: path)
    describeMotion(
      &findings, path, FileContents(kind: contents.kind, meaning: load == nil ? .unopened : .motion)
    ) { try load?() ?? MotionFile.load(path: path) }
    try finish(findings)
  }

  func inspectArray(_ path: String) throws {
    if let load = MotionFile.loader(path: path) {
      return try inspectMotion(path, FileContents(kind: .npy, meaning: .motion), load)
    }
    let array = try ArrayStatistics(path: path)
    say("\(path): NumPy array, \(array.scalarType), \(shape(array.shape))")
    if let range = array.range { say("values from \(range.lowerBound) to \(range.upperBound)") }
    if array.notFiniteCount > 0 { say("note: \(array.notFiniteCount) values are not finite") }
  }

  /// A pickle, read once, and whatever it may be.
  func inspectPickle(_ path: String) throws {
    say("\(path): pickle")
    let content = try Pickle.read(path: path, keepsStrangers: true)
    var findings = Findings(path: path)
    let contents = FileContents(content)
    if contents.meaning == .dinarPerson {
      do {
        let person = try DinarPerson(content, path: path)
        say("a person kept by DINAR: \(person.name), \(person.gender) body")
        row("neural texture", shape(person.texture.shape))
        say(
          "use it: avatar import dinar \(path) --checkpoint FILE.ckpt "
            + "-o \(person.fileStem).safetensors")
      } catch {
        findings.add(error, "not usable as a person of DINAR")
      }
    } else if contents.isBody {
      describeBody(&findings, path, contents) { try BodyModel.load(content, path: path) }
    } else {
      describeMotion(&findings, path, contents) { try MotionFile.load(content, path: path) }
    }
    try finish(findings)
  }
}
