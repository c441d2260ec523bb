import Compute
import Foundation
import NeuralRender
import TestSupport
import Testing

@testable import AvatarCreation

/// Files where the authors put them, and what is said where they are not.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct SampleRefineCheckpointsTests {
  /// A folder that holds copies of recorded files at other places.
  private struct Layout {
    let root: String
    let sampler: String
    let refiner: String

    init() throws {
      root =
        FileManager.default.temporaryDirectory
        .appendingPathComponent("sample-refine-\(UUID().uuidString)").path
      let item = try #require(try SampleRefineFixture.cases().first { $0.refiner != nil })
      func file(_ run: String) throws -> String {
        try Fixtures.files(
          in: "sample_refine/checkpoints/\(run)/netG", prefix: "G_", suffix: ".pth")[0]
      }
      (sampler, refiner) = (try file(item.sampler), try file(#require(item.refiner)))
      inputs = try #require(RefinerInputs(rawValue: item.concat)).rawValue
    }

    /// What the refiner reads: the end of its run's name.
    let inputs: String

    func remove() { try? FileManager.default.removeItem(atPath: root) }

    func put(_ file: String, _ places: String...) throws {
      for place in places {
        let path = "\(root)/\(place)"
        try FileManager.default.createDirectory(
          atPath: PathParts(path).folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: file, toPath: path)
      }
    }

    func find(
      _ path: String = "", _ change: (inout SampleRefineChoice) -> Void = { _ in }
    ) throws -> (sampler: String, refiner: String?) {
      var choice = SampleRefineChoice()
      change(&choice)
      let found = try SampleRefineCheckpoints(path: "\(root)/\(path)", choice: choice)
      func short(_ path: String) -> String { String(path.dropFirst(root.count + 1)) }
      return (short(found.samplerPath), found.refinerPath.map(short))
    }
  }

  @Test func bothPlacesAreLookedAt() throws {
    let layout = try Layout()
    defer { layout.remove() }
    let run = "R1-\(layout.inputs)"
    try layout.put(
      layout.refiner, "checkpoints/\(run)/netG/G__iter011000.pth",
      "checkpoints/\(run)/netG/G__iter002000.pth", "checkpoints/\(run)/netG/D__iter012000.pth")
    try layout.put(layout.sampler, "checkpoints/S1-a/netG/G__iter031000.pth")
    var found = try layout.find()
    #expect(found.sampler == "checkpoints/S1-a/netG/G__iter031000.pth")
    #expect(found.refiner == "checkpoints/\(run)/netG/G__iter011000.pth")
    // The published iteration goes before a newer one, wherever it lies.
    try layout.put(layout.sampler, "output/S1-a/netG/G__iter030000.pth")
    found = try layout.find()
    #expect(found.sampler == "output/S1-a/netG/G__iter030000.pth")
    // From a run's folder, its netG or a file, with and without a slash at the end.
    for path in ["", "/", "/netG", "/netG/G__iter011000.pth"] {
      #expect(try layout.find("checkpoints/\(run)\(path)") == found, "\(path)")
    }
    #expect(
      try layout.find("checkpoints/\(run)/netG/G__iter002000.pth").refiner
        == "checkpoints/\(run)/netG/G__iter002000.pth")
    // The first whose number contains the digits.
    #expect(
      try layout.find { $0.epoch = "2000" }.refiner
        == "checkpoints/\(run)/netG/G__iter002000.pth")
    #expect(throws: ProgramError.self) { try layout.find { $0.epoch = "777" } }
    // A sampler's run is the sampler alone.
    let alone = try layout.find("checkpoints/S1-a")
    #expect(alone == ("checkpoints/S1-a/netG/G__iter031000.pth", nil))
  }

  @Test func severalRunsHaveToBeNamed() throws {
    let layout = try Layout()
    defer { layout.remove() }
    let run = "R1-\(layout.inputs)"
    try layout.put(layout.refiner, "checkpoints/\(run)/netG/G__iter000001.pth")
    try layout.put(
      layout.sampler, "checkpoints/S1-a/netG/G__iter030000.pth",
      "checkpoints/S1-b/netG/G__iter1000000.pth", "checkpoints/S1-b/netG/G__iter999999.pth")
    #expect {
      try layout.find()
    } throws: {
      "\($0)".contains("S1-a, S1-b") && "\($0)".contains("sampler")
    }
    // Seven digits are more than six.
    #expect(
      try layout.find { $0.sampler = "S1-b" }.sampler
        == "checkpoints/S1-b/netG/G__iter1000000.pth")
    #expect(throws: ProgramError.self) { try layout.find { $0.sampler = "S1-c" } }
    #expect {
      try layout.find { $0.sampler = run }
    } throws: {
      "\($0)".contains("does not hold Sample&Refine's sampler")
    }
    #expect {
      try layout.find {
        $0.sampler = "S1-a"
        $0.refiner = "S1-b"
      }
    } throws: {
      "\($0)".contains("does not hold Sample&Refine's refiner")
    }
  }

  @Test func contradictionsAreRefusedBeforeWork() throws {
    let layout = try Layout()
    defer { layout.remove() }
    let run = "R1-\(layout.inputs)"
    try layout.put(layout.refiner, "checkpoints/\(run)/netG/G__iter011000.pth")
    try layout.put(layout.sampler, "checkpoints/S1/netG/G__iter030000.pth")
    let refiner = try #require(
      SampleRefineCheckpoints(path: layout.root).checkpoint.refiner)
    let sizes = refiner.sizes
    let changes: [(inout SampleRefineChoice) -> Void] = [
      { $0.width = sizes.width + 1 }, { $0.levels = sizes.levels + 1 },
      { $0.blocks = sizes.blocks + 1 }, { $0.isGated = !sizes.isGated },
      { $0.hasSkips = !sizes.hasSkips }, { $0.inputs = .normals },
      { $0.inputs = RefinerInputs.none },
      { $0.mode = sizes.outputChannels == 4 ? .noblend : .blend },
    ]
    for (index, change) in changes.enumerated() {
      #expect("\(index)") {
        try layout.find("", change)
      } throws: {
        ($0 as? ProgramError)?.file?.hasSuffix("G__iter011000.pth") == true
      }
    }
    // Options of a refiner without one.
    #expect(throws: ProgramError.self) { try layout.find("checkpoints/S1") { $0.mode = .add } }
  }

  /// A name that says nothing leaves two ways to read four channels.
  @Test func namesTellWhatIsRead() throws {
    let layout = try Layout()
    defer { layout.remove() }
    try layout.put(layout.refiner, "checkpoints/mine/netG/G__iter000001.pth", "lone.pth")
    try layout.put(layout.sampler, "checkpoints/S1/netG/G__iter030000.pth")
    #expect {
      try layout.find()
    } throws: {
      "\($0)".contains("concat") && "\($0)".contains("mine")
    }
    #expect(throws: Never.self) {
      try layout.find { $0.inputs = RefinerInputs(rawValue: layout.inputs) }
    }
    #expect(throws: ProgramError.self) { try layout.find("lone.pth") }
    let found = try layout.find("lone.pth") {
      $0.sampler = layout.sampler
      $0.inputs = RefinerInputs(rawValue: layout.inputs)
    }
    #expect(found.refiner == "lone.pth")
  }

  @Test func otherPlacesAreRefused() throws {
    let layout = try Layout()
    defer { layout.remove() }
    try layout.put(layout.refiner, "checkpoints/R1-\(layout.inputs)/netG/G__iter000001.pth")
    #expect {
      try layout.find()
    } throws: {
      "\($0)".contains("there is no sampler")
    }
    try layout.put(try Fixtures.path("dinar/legacy.ckpt"), "other.pth")
    #expect(throws: ProgramError.self) { try layout.find("other.pth") }
    try FileManager.default.createDirectory(
      atPath: layout.root + "/empty", withIntermediateDirectories: true)
    for path in ["empty", "missing", "missing/netG", "empty\0"] {
      #expect(throws: ProgramError.self, "\(path)") { try layout.find(path) }
    }
  }
}
