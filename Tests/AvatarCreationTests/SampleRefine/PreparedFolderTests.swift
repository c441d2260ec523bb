import Compute
import Media
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct TextureBytesTests {
  @Test func truncationWrapsAndRoundingClamps() throws {
    let values: [Float] = [
      0, 0.5, 0.999, 1, 1.004, 1.5, 2.2, -0.1, .nan, 1e30, 254.9 / 255, 100.5 / 255,
    ]
    let tensor = Tensor(shape: [1, 1, 3, 4], values)
    let cut = try TextureBytes.truncated(tensor).bytes()
    #expect(Array(cut[..<7]) == [0, 127, 254, 255, 0, 126, 49])
    #expect(cut[10] == 254)
    let rounded = try TextureBytes.rounded(tensor).bytes()
    #expect(rounded == [0, 128, 255, 255, 255, 255, 255, 0, 0, 255, 255, 101])
    #expect(throws: ProgramError.self) {
      try TextureBytes.rounded(Tensor(shape: [2, 3, 1, 1], repeating: 0))
    }
  }
}

@Suite struct PreparedFolderTests {
  /// Files by name in a folder of their own; contents do not matter.
  static func folder(_ names: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in names { try folder.write(name, [1]) }
    return folder
  }

  @Test func partnersLieBeside() throws {
    let folder = try Self.folder([
      "b_symmetry.png", "b_mask_symm.png", "b_norm.png", "a_symmetry.png", "a_mask_symm.png",
      "a_norm.jpg", "c_symmetry.png", "c_norm.png", "other.png",
    ])
    let found = try PreparedFolder(folder.path)
    #expect(found.samples.map(\.name) == ["a", "b"])
    #expect(found.samples[0].normals.hasSuffix("a_norm.jpg"))
    #expect(found.incomplete.map(\.name) == ["c"])
    #expect(found.incomplete[0].error.file?.hasSuffix("c_mask_symm.png") == true)
    #expect(PreparedFolder.matches(folder.path))
    #expect(PreparedFolder.matches("\(folder.path)/b_symmetry.png"))
    #expect(!PreparedFolder.matches("\(folder.path)/other.png"))
  }

  @Test func foldersAreZipped() throws {
    let folder = try Self.folder([
      "t/2.png", "t/10.jpg", "m/x.png", "m/y.png", "n/1.png", "n/2.png", "few/1.png",
    ])
    func at(_ name: String) -> String { "\(folder.path)/\(name)" }
    let found = try PreparedFolder(at("t"), masks: at("m"), normals: at("n"))
    #expect(found.samples.map { PathParts($0.texture).name } == ["10.jpg", "2.png"])
    #expect(found.samples.map { PathParts($0.mask).name } == ["x.png", "y.png"])
    #expect(throws: ProgramError.self) {
      try PreparedFolder(at("t"), masks: at("few"), normals: at("n"))
    }
    #expect(throws: ProgramError.self) { try PreparedFolder(at("t"), masks: at("m")) }
    #expect(throws: ProgramError.self) { try PreparedFolder(at("n")) }
  }

  @Test func dataSetsHaveAngles() throws {
    let folder = try Self.folder(
      ["-90", "0", "10"].flatMap { ["symmetry/\($0)/p.png", "mask_symm/\($0)/p.png"] }
        + ["normal_obj/p.png"])
    let found = try PreparedFolder(folder.path)
    #expect(found.samples.map(\.name) == ["-90_p", "0_p", "10_p"])
  }

  @Test func listsAreTheAuthors() throws {
    let folder = try Self.folder(["s0.png", "s1.png", "k.png", "n0.png", "n1.png"])
    func list(_ count: Int, _ textures: String) -> String {
      """
      {"data_list": [[\(count), "set*"]], "interval": 90, "txtr_map": {},
       "part_map": {"0": {"-90": ["s0.png", "s1.png"], "0": \(textures), "90": []}},
       "mask": {"0": {"-90": ["k.png", "k.png"], "0": ["k.png", "k.png"], "90": []}},
       "norm_map": {"0": ["n0.png", "n1.png"]}}
      """
    }
    try folder.write("data_list_test.json", Array(list(2, "[\"s1.png\", \"gone.png\"]").utf8))
    let found = try PreparedFolder("\(folder.path)/data_list_test.json")
    #expect(found.samples.map { PathParts($0.texture).name } == ["s0.png", "s1.png", "s1.png"])
    #expect(found.samples.map { PathParts($0.normals).name } == ["n0.png", "n1.png", "n0.png"])
    #expect(found.incomplete.count == 1)
    for broken in [list(3, "[]"), list(2, "[\"s0.png\"]"), list(-1, "[]"), "{}", "[", "\u{0}"] {
      try folder.write("bad.json", Array(broken.utf8))
      #expect(throws: ProgramError.self) { try PreparedFolder("\(folder.path)/bad.json") }
    }
  }

  @Test func originalNamesAreCut() {
    func sample(_ texture: String) -> PreparedSample {
      PreparedSample(texture: texture, mask: "", normals: "")
    }
    #expect(sample("in/P_symmetry.png").originalName == "P")
    #expect(sample("in/P_symmetry.png").name == "P")
    #expect(sample("in/rendered_uv5.png").originalName == "ren")
    #expect(sample("in/rendered_uv5.png").name == "rendered_uv5")
    #expect(sample("in/short.png").originalName == "short")
  }
}

@Suite struct TextureInputTests {
  @Test func emptyMasksAndGreyTexturesAreRefused() throws {
    func picture(_ channels: Int, _ value: UInt8) throws -> PreparedPicture {
      PreparedPicture(
        try Picture(
          width: 5, height: 4, channels: channels,
          bytes: [UInt8](repeating: value, count: 20 * channels)))
    }
    let pool = WorkerPool(threads: 1)
    let input = try TextureInput(
      texture: picture(4, 255), mask: picture(1, 200), normals: picture(3, 9), size: 8, pool: pool)
    #expect(input.planes[..<192].allSatisfy { $0 == 255 })
    #expect(input.planes[192..<384].allSatisfy { $0 == 9 })
    #expect(input.planes[384...].allSatisfy { $0 == 200 })
    for (texture, mask, normals) in [(3, 0, 3), (1, 255, 3), (3, 255, 1), (2, 255, 3)] {
      #expect(throws: ProgramError.self) {
        try TextureInput(
          texture: picture(texture, 1), mask: picture(1, UInt8(mask)), normals: picture(normals, 1),
          size: 8, pool: pool)
      }
    }
  }
}
