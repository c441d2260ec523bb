import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

@testable import Avatar

@Suite struct AvatarFileTests {
  /// 3 x 2 pixels, all of them different.
  static let pixels: [UInt8] = (0..<18).map { UInt8($0 * 13 + 5) }

  static func description(_ texture: AvatarDescription.Texture?) -> AvatarDescription {
    AvatarDescription(
      name: "test", body: .init(file: "SMPLX_NEUTRAL.npz"), betas: [0.5, -1],
      decoder: .init(kind: PlainAppearance.kind, light: "none"),
      textures: texture.map { ["color": $0] } ?? [:], license: "Apache-2.0")
  }

  /// Writes an avatar whose texture is stored as it is, (2, 3, 3).
  static func writeRaw(_ path: String, shape: [Int] = [2, 3, 3]) throws {
    let json = try JSONEncoder().encode(
      description(.init(tensor: "texture", encoding: "raw")))
    try SafetensorsFile.write(
      [("texture", TensorData(shape: shape, bytes: pixels))],
      metadata: ["avatar": String(decoding: json, as: UTF8.self)], to: path)
  }

  static func withScratch(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test func bothEncodingsGiveTheSamePixels() throws {
    let picture = try Picture(width: 3, height: 2, channels: 3, bytes: Self.pixels)
    try Self.withScratch { path in
      try AvatarFile.write(
        Self.description(nil), pngTextures: ["color": PNGFile.encode(picture)], to: path)
      let file = try AvatarFile(path: path)
      #expect(try file.colorTexture() == picture)
      #expect(file.description.betas == [0.5, -1] && file.description.decoder.light == "none")
    }
    try Self.withScratch { path in
      try Self.writeRaw(path)
      #expect(try AvatarFile(path: path).colorTexture() == picture)
    }
  }

  @Test(arguments: [[18], [2, 9], [3, 3, 2], [1, 18, 1]])
  func rawTextureOfAnotherShape(shape: [Int]) throws {
    try Self.withScratch { path in
      try Self.writeRaw(path, shape: shape)
      let error = #expect(throws: ProgramError.self) { try AvatarFile(path: path).colorTexture() }
      #expect(error?.key == "texture" && error?.file == path)
      #expect(error?.expected?.contains("(H, W, 3 or 4)") == true)
    }
  }

  /// Writes an avatar whose description is `json`.
  private static func error(of json: String) throws -> ProgramError? {
    var result: ProgramError?
    try withScratch { path in
      try SafetensorsFile.write(
        [("texture", TensorData(shape: [2, 3, 3], bytes: pixels))], metadata: ["avatar": json],
        to: path)
      do { _ = try AvatarFile(path: path) } catch { result = error as? ProgramError }
      #expect(result == nil || result?.file == path)
    }
    return result
  }

  private static func json(_ more: String = "", version: String = "1", betas: String = "[]")
    -> String
  {
    """
    {"format_version": \(version), "name": "x", "body": {"file": "b.npz"}, "betas": \(betas),
    "decoder": {"kind": "plain"}, "textures": {}\(more)}
    """
  }

  @Test func entriesGivenTwice() throws {
    #expect(try Self.error(of: Self.json()) == nil)
    let twice = try Self.error(of: Self.json(", \"name\": \"y\""))
    #expect(twice?.found == "two of name" && twice?.code == .dataError)
    let deep = try Self.error(
      of: Self.json(", \"surface\": {\"faces\": \"a\", \"faces\": \"b\"}"))
    #expect(deep?.found == "two of surface.faces")
  }

  @Test func numbersThatNoBodyHas() throws {
    for (betas, found) in [("[0, 1e30]", "1e+30"), ("[-1001]", "-1001.0")] {
      let error = try Self.error(of: Self.json(betas: betas))
      #expect(error?.key == "betas" && error?.found == found, "\(error.debugDescription)")
    }
    let expression = try Self.error(of: Self.json(", \"expression\": [1e9]"))
    #expect(expression?.key == "expression")
    // Not a number of its type: the entry is named, the text is JSON.
    for version in ["1.5", "1e400", "99999999999999999999"] {
      let error = try Self.error(of: Self.json(version: version))
      #expect(error?.code == .dataError)
      #expect(error?.what != "the description is not JSON" || version == "1e400")
    }
    #expect(try Self.error(of: Self.json(version: "1.5"))?.found == "another number")
    let gender = try Self.error(
      of: Self.json().replacingOccurrences(
        of: "\"b.npz\"", with: "\"b.npz\", \"gender\": \"other\""))
    #expect(gender?.key == "body.gender" && gender?.found == "other")
  }

  @Test func decodersAndLights() throws {
    func error(_ decoder: String) throws -> ProgramError? {
      try Self.error(
        of: Self.json().replacingOccurrences(of: "\"kind\": \"plain\"", with: decoder))
    }
    for kind in DecoderKind.all {
      #expect(try error("\"kind\": \"\(kind.name)\", \"light\": \"soft\"") == nil)
    }
    let kind = try error("\"kind\": \"flat\"")
    #expect(kind?.what == "the avatar's decoder is not known" && kind?.found == "flat")
    #expect(kind?.key == "__metadata__.avatar" && kind?.code == .dataError)
    let light = try error("\"kind\": \"plain\", \"light\": \"hard\"")
    #expect(light?.key == "decoder.light" && light?.found == "hard")
  }

  @Test func otherFilesSayWhatTheyAre() throws {
    for (path, words) in [
      (Fixtures.asset("body/SMPLX_NEUTRAL.npz"), "an SMPL-X body"),
      (Fixtures.asset("motions/wave.npz"), "a motion"),
    ] {
      let error = #expect(throws: ProgramError.self) { try AvatarFile(path: path) }
      #expect(error?.what == "this is not an avatar" && error?.found == words)
    }
    try Self.withScratch { path in
      try SafetensorsFile.write([("x", TensorData(shape: [1], floats: [1]))], to: path)
      let error = #expect(throws: ProgramError.self) { try AvatarFile(path: path) }
      #expect(error?.found == "a safetensors file with 1 tensor but no avatar description")
    }
  }

  @Test func aPersonIsTheSameHoweverManyThreadsReadIt() throws {
    let assets = Assets(root: Fixtures.asset(""))
    let one = try Person(avatar: "sample", assets: assets)
    let two = try Person(avatar: "sample", assets: assets, pool: WorkerPool(threads: 2))
    #expect(one.body.restJoints == two.body.restJoints)
    #expect(one.parts.map(\.mesh.triangles) == two.parts.map(\.mesh.triangles))
    let first = try #require(one.appearance as? PlainAppearance).texture
    let second = try #require(two.appearance as? PlainAppearance).texture
    #expect((first.width, first.height) == (second.width, second.height))
    #expect(one.notices == two.notices)
  }

  @Test func theBodysErrorComesBeforeTheTextures() throws {
    try Self.withScratch { path in
      try Self.writeRaw(path, shape: [18])
      let assets = Assets(root: Fixtures.asset(""))
      for threads in [1, 2] {
        let error = #expect(throws: ProgramError.self) {
          try Person(
            avatar: path, body: "nobody", assets: assets, pool: WorkerPool(threads: threads))
        }
        #expect(error?.file == "nobody")
      }
    }
  }
}
