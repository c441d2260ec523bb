import Compute
import Foundation
import TensorFiles
import Testing

/// What a message calls a file that is not what was asked for.
@Suite struct FileContentsTests {
  private func words(_ write: (String) throws -> Void) throws -> String {
    let path = NPZTests.scratch("contents.bin")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path)
    return FileContents.words(path: path)
  }

  private func npz(_ names: [String], weights: [Int] = [2, 55]) throws -> String {
    try words { path in
      try NPZ.write(
        names.map { name in
          let shape = name == "weights" ? weights : [1]
          return (
            name, TensorData(shape: shape, bytes: [UInt8](repeating: 0, count: shape.reduce(1, *)))
          )
        }, to: path)
    }
  }

  private func bytes(_ bytes: [UInt8]) throws -> String {
    try words { try Data(bytes).write(to: URL(fileURLWithPath: $0)) }
  }

  @Test func archives() throws {
    #expect(try npz(["v_template", "weights", "f"]) == "an SMPL-X body")
    #expect(try npz(["v_template", "weights"], weights: [2, 24]) == "a body of 24 joints")
    #expect(try npz(["poses", "trans"]) == "a motion")
    #expect(try npz(["global_orient"]) == "a motion")
    #expect(try npz(["a", "b"]) == "a NumPy archive of 2 arrays")
    #expect(try bytes([0x50, 0x4b, 3, 4, 0, 0]) == "a damaged zip archive")
    #expect(try bytes(HandmadeZip().bytes) == "a NumPy archive of 0 arrays")
    #expect(try bytes(TorchSample().zip.bytes) == "a PyTorch checkpoint")
    #expect(try bytes(TorchSample().legacy()) == "a PyTorch checkpoint")
  }

  @Test func tensors() throws {
    let tensor = ("x", TensorData(shape: [1], floats: [1]))
    #expect(
      try words { try SafetensorsFile.write([tensor], to: $0) }
        == "a safetensors file with 1 tensor but no avatar description")
    #expect(
      try words { try SafetensorsFile.write([tensor], metadata: ["avatar": "{}"], to: $0) }
        == "an avatar")
    #expect(
      try bytes([200, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]) == "a damaged safetensors file")
  }

  @Test func pickles() throws {
    #expect(
      try bytes(Array("(dS'ntexture'\nNs.".utf8)) == "a person of DINAR (a Python pickle)")
    #expect(try bytes(Array("(dS'poses'\nNs.".utf8)) == "a motion (a Python pickle)")
    // A list of dictionaries is known by the first one, an unknown class by nothing.
    #expect(try bytes(Array("(l(dS'body_pose'\nNsa.".utf8)) == "a motion (a Python pickle)")
    #expect(try bytes(Array("(dS'a'\ncos\nsystem\ns.".utf8)) == "a Python pickle")
    #expect(try bytes(Array("(dS'a'\n".utf8)) == "a Python pickle")
  }

  /// A list of dictionaries is a motion or nothing that is known.
  @Test func listsOfDictionaries() throws {
    for (key, meaning) in [
      ("body_pose", FileContents.Meaning.motion), ("ntexture", .arrays(count: 1)),
    ] {
      let text = Array("(l(dS'\(key)'\nNsa.".utf8)
      let found = try contents { try Data(text).write(to: URL(fileURLWithPath: $0)) }
      #expect(found.meaning == meaning)
      let list = PickleValue.list([.dict([(key: .string(key), value: .none)])])
      #expect(FileContents(list).meaning == meaning)
    }
  }

  /// What is open already is told as the file is, and is of the container's kind.
  @Test func openFilesAreToldAlike() throws {
    let one = TensorData(shape: [1], floats: [1])
    let weights = TensorData(shape: [2, 24], floats: [Float](repeating: 0, count: 48))
    for (arrays, meaning) in [
      ([("x", one), ("y", one)], FileContents.Meaning.arrays(count: 2)),
      ([("poses", one)], .motion),
      ([("root_orient", one), ("pose_body", one)], .motion),
      ([("root_orient", one)], .motion),
      ([("v_template", one), ("weights", weights)], .otherBody(joints: 24)),
    ] {
      let found = try contents { path in
        try NPZ.write(arrays, to: path)
        #expect(try FileContents(NPZFile(path: path)).meaning == meaning)
      }
      #expect(found == FileContents(kind: .zip, meaning: meaning))
      #expect(found.isBody == (meaning == .otherBody(joints: 24)))
      let pickle = PickleValue.dict(arrays.map { (key: .string($0), value: .tensor($1)) })
      #expect(FileContents(pickle) == FileContents(kind: .pickle, meaning: meaning))
    }
    for (texts, meaning) in [
      (["avatar": "{}"], FileContents.Meaning.avatar), ([:], .arrays(count: 1)),
    ] {
      let found = try contents { path in
        try SafetensorsFile.write([("x", one)], metadata: texts, to: path)
        #expect(try FileContents(SafetensorsFile(path: path)).meaning == meaning)
      }
      #expect(found == FileContents(kind: .safetensors, meaning: meaning))
    }
  }

  /// Where a pickle is not to be run through, its kind is all that is told.
  @Test func picklesMayBeLeftAlone() throws {
    let path = NPZTests.scratch("contents.pkl")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("(dS'poses'\nNs.".utf8).write(to: URL(fileURLWithPath: path))
    let found = try FileContents(path: path, readsPickles: false)
    #expect(found == FileContents(kind: .pickle, meaning: .unopened))
    #expect(found.words == "a Python pickle")
  }

  private func contents(_ write: (String) throws -> Void) throws -> FileContents {
    let path = NPZTests.scratch("contents.bin")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path)
    return try FileContents(path: path)
  }

  @Test func whatCannotBeRead() {
    #expect(FileContents.words(path: "/dev/null") == "a device")
    #expect(FileContents.words(path: "/") == "a folder")
    #expect(FileContents.words(path: "/no/such/file") == "No such file or directory")
  }
}
