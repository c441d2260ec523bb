import Compute
import Foundation
import Testing

@testable import TensorFiles

@Suite struct TorchCheckpointTests {
  @Test(arguments: [false, true]) func zipStoredAndDeflated(deflates: Bool) throws {
    var sample = TorchSample()
    sample.deflates = deflates
    let checkpoint = try sample.read()
    #expect(checkpoint.names == ["w"] && checkpoint.notes.isEmpty)
    let tensor = try checkpoint.tensor(named: "w")
    #expect(tensor.shape == [2, 3] && tensor.scalarType == .float32 && tensor.isContiguous)
    #expect(try TorchCheckpointParity.floats(tensor) == TorchSample.floats)
    #expect(try tensor.data().floats() == TorchSample.floats)
  }

  /// Weights that were saved on a GPU, as the linear layers of the lpips package are: the device is a tag only.
  @Test(arguments: ["cpu", "cuda", "cuda:0", "cuda:7", "mps"]) func devices(
    _ device: String
  ) throws {
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("lin0.model.1.weight", TorchText.tensor(TorchText.storage(device: device)))
    ])
    for checkpoint in [
      try TorchSample.read(sample.legacy()), try TorchSample.read(sample.zip.bytes),
    ] {
      #expect(try checkpoint.tensor("lin0.model.1.weight").floats() == TorchSample.floats)
    }
  }

  @Test func legacyStream() throws {
    let checkpoint = try TorchSample.read(TorchSample().legacy())
    #expect(checkpoint.container == .legacy)
    let tensor = try checkpoint.tensor(named: "w")
    #expect(try TorchCheckpointParity.floats(tensor) == TorchSample.floats)
  }

  @Test func stridesOfEveryKind() throws {
    let cases: [(Int, [Int], [Int], [Float])] = [
      (0, [3, 2], [1, 3], [0, 3, 1, 4, 2, 5]),
      (1, [2, 2], [3, 1], [1, 2, 4, 5]),
      (5, [], [], [5]),
      (2, [2, 3], [0, 1], [2, 3, 4, 2, 3, 4]),
      (2, [2, 3], [0, 0], [2, 2, 2, 2, 2, 2]),
      (0, [2, 1, 3], [3, 77, 1], [0, 1, 2, 3, 4, 5]),
      (0, [1, 2, 3, 1], [6, 3, 1, 1], [0, 1, 2, 3, 4, 5]),
      (0, [2, 2, 2], [2, 1, 1], [0, 1, 1, 2, 2, 3, 3, 4]),
      (6, [0, 3], [3, 1], []),
    ]
    for (offset, shape, strides, expected) in cases {
      var sample = TorchSample()
      let tensor = TorchText.tensor(offset: offset, shape: shape, strides: strides)
      sample.object = TorchText.dict([("w", tensor)])
      let found = try sample.read().tensor(named: "w")
      #expect(try TorchCheckpointParity.floats(found) == expected, "\(shape) \(strides)")
      #expect(try found.data().floats() == expected, "\(shape) \(strides)")
    }
  }

  @Test func unknownClassesBesideTheWeightsAreSkipped() throws {
    let callback =
      "(dcsome.package\nCallback\nccopy_reg\n_reconstructor\n(csome.package\nState\n"
      + "c__builtin__\nobject\nNtR(dS'best'\ncos\nsystem\n(S'true'\ntRsbs"
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("epoch", "I7\n"), ("callbacks", callback),
      ("state_dict", TorchText.dict([("a.w", TorchText.tensor())])),
    ])
    let checkpoint = try sample.read()
    #expect(checkpoint.names == ["a.w"])
    #expect(checkpoint.values["epoch"]?.integer == 7)
    #expect(checkpoint.topLevelKeys == ["epoch", "callbacks", "state_dict"])
    let note = try #require(checkpoint.notes.first)
    #expect(checkpoint.notes.count == 1 && note.contains("some.package.Callback"), "\(note)")
  }

  @Test func contentThatHoldsItselfBesideTheWeights() throws {
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("loops", "(lp9\ng9\na"), ("state_dict", TorchText.dict([("w", TorchText.tensor())])),
    ])
    let checkpoint = try sample.read()
    #expect(checkpoint.names == ["w"])
    #expect(checkpoint.notes.first?.contains("loops is not listed") == true)
  }

  @Test func classesAmongBareWeightsAreNamed() throws {
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("args", "cargparse\nNamespace\n(tR"), ("w", TorchText.tensor()),
    ])
    let checkpoint = try sample.read()
    #expect(checkpoint.names == ["w"])
    #expect(checkpoint.notes.first?.contains("argparse.Namespace") == true)
    let error = #expect(throws: ProgramError.self) { try checkpoint.tensor(named: "args") }
    #expect(error?.found == "argparse.Namespace")
  }

  @Test func averages() throws {
    var sample = TorchSample()
    let tensor = TorchText.tensor()
    let other = TorchText.tensor(offset: 1, shape: [5], strides: [1])
    sample.object = TorchText.dict([
      ("model.a.1.w", tensor), ("model.b", tensor), ("model.c.1.1", tensor),
      ("model.c.11", tensor), ("model_ema.a1w", tensor), ("model_ema.b", other),
      ("model_ema.c11", tensor),
    ])
    let checkpoint = try sample.read()
    #expect(checkpoint.hasAverages)
    #expect(try checkpoint.averagedTensor(named: "model.a.1.w")?.shape == [2, 3])
    #expect(try checkpoint.averagedTensor(named: "model_ema.b") == nil)
    let shape = #expect(throws: ProgramError.self) {
      try checkpoint.averagedTensor(named: "model.b")
    }
    #expect(shape?.found == "[5]" && shape?.file != nil)
    let twice = #expect(throws: ProgramError.self) {
      try checkpoint.averagedTensor(named: "model.c.11")
    }
    #expect(twice?.found == "model.c.1.1, model.c.11")
    #expect(throws: ProgramError.self) { try checkpoint.averagedTensor(named: "model.d") }
  }

  @Test func missingTensorNamesItsNeighbour() throws {
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("a.first", TorchText.tensor()), ("b.second", TorchText.tensor()),
    ])
    let checkpoint = try sample.read()
    let error = #expect(throws: ProgramError.self) { try checkpoint.tensor(named: "b.sec") }
    #expect(error?.key == "b.sec" && error?.found == "2 tensors, the nearest b.second")
  }
}
