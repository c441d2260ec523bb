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

  @Test func whatCannotBeRead() {
    #expect(FileContents.words(path: "/dev/null") == "a device")
    #expect(FileContents.words(path: "/") == "a folder")
    #expect(FileContents.words(path: "/no/such/file") == "No such file or directory")
  }
}
