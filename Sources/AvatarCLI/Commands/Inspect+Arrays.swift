import Avatar
import Compute
import SMPLX
import TensorFiles

extension Inspect {
  /// A NumPy archive: its arrays, and what they are together. Opened once; everything in it is read.
  func inspectArchive(_ path: String) throws {
    let archive = try NPZFile(path: path)
    let names = archive.names
    let isBody = names.contains("v_template") && names.contains("weights")
    var findings = Findings(path: path)
    if isBody {
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
        if !NPYHeader.isOfOtherType(error) { findings.add(error, "damaged") }
      }
    }
    if names.count > Self.mostRows { row("...", "\(names.count - Self.mostRows) arrays more") }
    if isBody {
      describeBody(&findings, path, joints: try? archive.header("weights").shape.last) {
        try BodyModel.load(archive)
      }
    } else {
      describeMotion(&findings, path, isMotion: MotionFile.recognises(names: names)) {
        try MotionFile.load(archive)
      }
    }
    do {
      try archive.verify()
    } catch {
      findings.add(error, "damaged")
    }
    try finish(findings)
  }

  /// joints: of the skinning weights, if they are told; bodies of other joints are whole files of
  /// another system.
  private func describeBody(
    _ findings: inout Findings, _ path: String, joints: Int?, _ load: () throws -> BodyModel
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
    } catch let error where joints != nil && joints != BodyPose.jointCount {
      findings.notes.append("not usable as a body: \(error)")
    } catch {
      findings.add(error, "not usable as a body")
    }
  }

  private func describeMotion(
    _ findings: inout Findings, _ path: String, isMotion: Bool, _ load: () throws -> any Motion
  ) {
    do {
      let motion = try load()
      let resampled = try? ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
      say("as a motion: \(resampled?.description ?? motion.summary.description)")
      say("use it:      avatar animate sample \(path) -o motion.mp4")
      findings.notes += resampled?.notices ?? motion.summary.notices
    } catch let error as ProgramError {
      say("as a motion: no: \(error.what)")
      if error.code == .dataError, let expected = error.expected {
        say("             expected \(expected)")
      }
      if isMotion { findings.add(error, "not usable as a motion") }
    } catch {
      findings.add(error, "not usable as a motion")
    }
  }

  func inspectArray(_ path: String) throws {
    let array = try ArrayStatistics(path: path)
    say("\(path): NumPy array, \(array.scalarType), \(shape(array.shape))")
    if let range = array.range { say("values from \(range.lowerBound) to \(range.upperBound)") }
    if array.notFiniteCount > 0 { say("note: \(array.notFiniteCount) values are not finite") }
  }

  /// A pickle, read once, and whatever it may be.
  func inspectPickle(_ path: String) throws {
    say("\(path): pickle")
    let content = try Pickle.read(path: path)
    var findings = Findings(path: path)
    if DinarPerson.recognises(content) {
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
    } else if content["v_template"] != nil, let weights = content["weights"] {
      let joints = (try? weights.tensor()?.shape.last) ?? nil
      describeBody(&findings, path, joints: joints) { try BodyModel.load(content, path: path) }
    } else {
      let keys = (content.sequence?.first ?? content).keys
      describeMotion(&findings, path, isMotion: MotionFile.recognises(names: keys)) {
        try MotionFile.load(content, path: path)
      }
    }
    try finish(findings)
  }
}
