/// Files of torch.save against the arrays they were made of.
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct TorchCheckpointParity {
  static func bits(_ values: [Float]) -> [UInt32] {
    // Any NaN is as good as any other.
    values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
  }

  static func floats(_ tensor: TorchTensor) throws -> [Float] {
    try Tensor(shape: tensor.shape) { try tensor.convert(into: $0) }.elements
  }

  @Test func everyFileOfTheReader() throws {
    var compared = 0
    let paths = try Fixtures.files(in: "dinar/torch_reader", prefix: "", suffix: ".pt")
    for path in paths {
      let checkpoint = try TorchCheckpoint(path: path)
      let isLegacy = path.hasSuffix("_legacy.pt")
      #expect(checkpoint.container == (isLegacy ? .legacy : .zip), "\(path)")
      let stem = path.dropLast(isLegacy ? "_legacy.pt".count : ".pt".count)
      let expected = try NPZFile(path: stem + "_expected.npz")
      for name in expected.names {
        let golden = try expected.tensor(name)
        compared += 1
        guard checkpoint.contains(name) else {
          // Numbers of Python, alone or in a list.
          let values =
            golden.shape.isEmpty
            ? [checkpoint.values[name]?.number]
            : (0..<golden.count).map { checkpoint.values["\(name).\($0)"]?.number }
          #expect(try values == golden.doubles(), "\(path): \(name)")
          continue
        }
        let tensor = try checkpoint.tensor(named: name)
        #expect(tensor.shape == golden.shape, "\(path): \(name)")
        // NumPy has no bfloat16.
        if tensor.scalarType != .bfloat16 {
          #expect(tensor.scalarType == golden.scalarType, "\(path): \(name)")
        }
        let wanted = try Self.bits(golden.floats())
        #expect(try Self.bits(Self.floats(tensor)) == wanted, "\(path): \(name)")
        #expect(try Self.bits(tensor.data().floats()) == wanted, "\(path): \(name)")
        var streamed: [Float] = []
        try checkpoint.stream(name, group: 13, atOnce: false) { streamed += $0 }
        #expect(Self.bits(streamed) == wanted, "\(path): \(name)")
      }
      try checkpoint.verify()
    }
    #expect(compared >= paths.count && !paths.isEmpty)
  }

  @Test(arguments: ["views.pt", "views_legacy.pt"]) func viewsShareTheirStorage(
    name: String
  ) throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/torch_reader/\(name)"))
    let base = try checkpoint.tensor(named: "base")
    #expect(base.isContiguous)
    for name in ["transposed", "offset", "shared_again", "slice_step"] {
      #expect(try checkpoint.tensor(named: name).sharesStorage(with: base), "\(name)")
    }
    let expanded = try checkpoint.tensor(named: "expanded")
    #expect(!expanded.sharesStorage(with: base) && expanded.strides.contains(0))
    #expect(try !checkpoint.tensor(named: "transposed").isContiguous)
  }

  @Test func lightningFile() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    #expect(checkpoint.container == .zip && checkpoint.hasStateDict)
    #expect(checkpoint.values["pytorch-lightning_version"]?.string != nil)
    #expect(checkpoint.values["epoch"]?.integer != nil)
    #expect(checkpoint.topLevelKeys.contains("optimizer_states"))
    #expect(checkpoint.notes.contains { $0.contains("ModelCheckpoint") }, "\(checkpoint.notes)")
    #expect(checkpoint.otherNames.contains { $0.hasPrefix("optimizer_states.0.state.") })
    #expect(!checkpoint.names.contains { $0.hasPrefix("state_dict") })
    try checkpoint.verify()
    // The tables are golden data of their own.
    let tables = try NPZFile(path: Fixtures.path("dinar/ddim_tables.npz"))
    var compared = 0
    for name in tables.names where checkpoint.contains(name) {
      let found = try Self.floats(checkpoint.tensor(named: name))
      #expect(try found == tables.tensor(name).floats(), "\(name)")
      compared += 1
    }
    #expect(compared >= 10)
  }

  @Test func legacyEqualsZip() throws {
    let zip = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let legacy = try TorchCheckpoint(path: Fixtures.path("dinar/legacy.ckpt"))
    #expect(legacy.container == .legacy && legacy.hasStateDict)
    let prefix = "first_stage.renderer."
    #expect(legacy.names == zip.names.filter { $0.hasPrefix(prefix) })
    #expect(!legacy.names.isEmpty)
    for name in legacy.names {
      let (old, new) = (try legacy.tensor(named: name), try zip.tensor(named: name))
      #expect(old.shape == new.shape && old.scalarType == new.scalarType, "\(name)")
      #expect(try Self.floats(old) == Self.floats(new), "\(name)")
    }
  }

  @Test func everyWeightOfTheModelHasItsAverage() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    #expect(checkpoint.hasAverages)
    let names = checkpoint.names.filter { $0.hasPrefix("model.") }
    var differing = 0
    for name in names {
      let average = try #require(try checkpoint.averagedTensor(named: name), "\(name)")
      let weight = try checkpoint.tensor(named: name)
      if try Self.floats(average) != Self.floats(weight) { differing += 1 }
    }
    #expect(differing > names.count / 2)
    let averages = checkpoint.names.filter { $0.hasPrefix("model_ema.") }
    #expect(averages.count == names.count + 2, "decay and num_updates besides")
    #expect(try checkpoint.averagedTensor(named: "betas") == nil)
  }

  @Test func sampleAndRefineFiles() throws {
    let root = URL(fileURLWithPath: try Fixtures.path("sample_refine/checkpoints"))
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".pth") }
    #expect(!names.isEmpty)
    for name in names {
      let path = root.appendingPathComponent(name).path
      #expect(try FileContents(path: path).meaning == .checkpoint, "\(name)")
      let checkpoint = try TorchCheckpoint(path: path)
      #expect(!checkpoint.hasStateDict && !checkpoint.names.isEmpty)
      for weight in checkpoint.names {
        let values = try Self.floats(checkpoint.tensor(named: weight))
        let isFinite = values.allSatisfy { $0.isFinite }
        #expect(isFinite, "\(name): \(weight)")
      }
    }
  }

  @Test func contiguousTensorsStayInTheFile() throws {
    for name in ["dinar/dinar.ckpt", "dinar/legacy.ckpt"] {
      let checkpoint = try TorchCheckpoint(path: Fixtures.path(name))
      #expect(!checkpoint.names.isEmpty)
      for weight in checkpoint.names {
        let tensor = try checkpoint.tensor(named: weight)
        guard case .mapped(let file, let range) = tensor.elements.source else {
          Issue.record("\(weight) was copied")
          continue
        }
        #expect(range.upperBound <= checkpoint.fileSize)
        guard tensor.isContiguous, tensor.count > 0 else { continue }
        let isInFile = try tensor.data().withUnsafeBytes { bytes in
          guard let base = bytes.baseAddress, let start = file.bytes.baseAddress else {
            return false
          }
          return base >= start && base + bytes.count <= start + file.bytes.count
        }
        #expect(isInFile, "\(weight)")
      }
    }
  }
}
