/// Damaged and hostile checkpoints: one error for each rule.
import Compute
import Foundation
import Testing

@testable import TensorFiles

@Suite struct TorchHostileTests {
  static func error(_ change: (inout TorchSample) -> Void) -> String? {
    var sample = TorchSample()
    change(&sample)
    return TorchSample.error(sample.zip.bytes)
  }

  static func expect(
    _ text: String, _ error: String?, location: SourceLocation = #_sourceLocation
  ) {
    #expect(error?.contains(text) == true, "\(error ?? "no error")", sourceLocation: location)
    #expect(error?.contains("hand.ckpt") == true, sourceLocation: location)
  }

  @Test func emptyAndForeignFiles() {
    Self.expect("the file is empty", TorchSample.error([]))
    Self.expect("not a PyTorch checkpoint", TorchSample.error(Array("hello, world".utf8)))
    Self.expect("not a PyTorch checkpoint", TorchSample.error(HandmadeZip().bytes))
  }

  @Test func cutAnywhere() {
    for whole in [TorchSample().zip.bytes, TorchSample().legacy()] {
      for count in stride(from: 0, to: whole.count, by: 7) {
        let text = TorchSample.error(Array(whole[..<count]))
        #expect(text != nil && text?.hasPrefix("not a") == false, "\(count): \(text ?? "")")
      }
    }
  }

  @Test func storageOfAnotherSize() {
    let tensor = TorchText.tensor(TorchText.storage(count: 7))
    Self.expect(
      "contradicts its entry (expected 7 elements of float32, found 24 bytes)",
      Self.error { $0.object = TorchText.dict([("w", tensor)]) })
    for count in [-1, Int.max, 1 << 62] {
      let tensor = TorchText.tensor(TorchText.storage(count: count))
      Self.expect(
        "contradicts its entry", Self.error { $0.object = TorchText.dict([("w", tensor)]) })
    }
  }

  @Test func missingStorage() {
    Self.expect("[m/data/0] the archive lacks", Self.error { $0.storages = [] })
  }

  @Test func storageOfTwoTypes() {
    let other = TorchText.tensor(TorchText.storage(type: "IntStorage"))
    Self.expect(
      "named in two ways",
      Self.error { $0.object = TorchText.dict([("w", TorchText.tensor()), ("v", other)]) })
  }

  @Test func viewsOutsideOfTheirStorage() {
    let cases: [(Int, [Int], [Int])] = [
      (1, [2, 3], [3, 1]), (-1, [2], [1]), (7, [0], [1]), (0, [2, 3], [3]), (0, [2], [-1]),
      (5, [2], [1]), (0, [2, 2], [Int.max, 1]), (Int.max, [1], [1]), (0, [3], [1 << 62]),
    ]
    for (offset, shape, strides) in cases {
      let tensor = TorchText.tensor(offset: offset, shape: shape, strides: strides)
      Self.expect(
        "outside of its storage", Self.error { $0.object = TorchText.dict([("w", tensor)]) })
    }
  }

  @Test func impossibleShapes() {
    for shape in [[-1, 3], [1 << 40, 1 << 40], [Int.max, 2]] {
      let tensor = TorchText.tensor(shape: shape, strides: [0, 0])
      Self.expect("is not possible", Self.error { $0.object = TorchText.dict([("w", tensor)]) })
    }
  }

  @Test func expandedFarBeyondTheFile() {
    let tensor = TorchText.tensor(shape: [1 << 20, 1 << 20], strides: [0, 0])
    Self.expect(
      "far larger than its file", Self.error { $0.object = TorchText.dict([("w", tensor)]) })
  }

  @Test func unknownClassAmongTheWeights() {
    let state = TorchText.dict([("w", TorchText.tensor()), ("x", "cos\nsystem\n(S'true'\ntR")])
    Self.expect(
      "[x] a weight is of a class that is not read (expected a tensor, found os.system)",
      Self.error { $0.object = TorchText.dict([("state_dict", state)]) })
    Self.expect(
      "found posix.system", Self.error { $0.object = "cposix\nsystem\n(S'true'\ntR" })
    Self.expect(
      "[state_dict] the checkpoint's weights are not a dictionary (found my.Weights)",
      Self.error { $0.object = TorchText.dict([("state_dict", "cmy\nWeights\n(tR")]) })
  }

  @Test func unknownStorageClass() {
    let tensor = TorchText.tensor(TorchText.storage(type: "QInt8Storage"))
    Self.expect(
      "found torch.QInt8Storage",
      Self.error {
        $0.object = TorchText.dict([("state_dict", TorchText.dict([("w", tensor)]))])
      })
  }

  @Test func weightsThatContainThemselves() {
    Self.expect("contains itself", Self.error { $0.object = "(dp5\nS'x'\ng5\ns" })
    Self.expect(
      "[x] the checkpoint contains itself",
      Self.error { $0.object = TorchText.dict([("state_dict", "(dp5\nS'x'\ng5\ns")]) })
  }

  @Test func deepNesting() {
    let deep = String(repeating: "(l", count: 5000) + String(repeating: "a", count: 4999)
    Self.expect("nested too deeply", Self.error { $0.object = TorchText.dict([("x", deep)]) })
  }

  @Test func doublingNesting() {
    // Thirty lists, each holding the one before twice: a billion values in 300 bytes.
    var text = "(lp0\nI1\na"
    for index in 1...30 { text += "0(lp\(index)\ng\(index - 1)\nag\(index - 1)\na" }
    Self.expect(
      "too many values", Self.error { $0.object = TorchText.dict([]) + "S'x'\n(l" + text + "as" })
  }

  @Test func longNamesUsedAgain() {
    // A name of 100 kB below itself and a hundred thousand times beside itself.
    let key = "S'" + String(repeating: "k", count: 100_000) + "'\np1\n"
    let list = "(l" + String(repeating: "I1\na", count: 200_000)
    Self.expect("far larger than its file", Self.error { $0.object = "(d" + key + list + "s" })
  }

  @Test func namesTwice() {
    let nested = TorchText.dict([("b", TorchText.tensor())])
    Self.expect(
      "[a.b] two tensors have one name",
      Self.error { $0.object = TorchText.dict([("a", nested), ("a.b", TorchText.tensor())]) })
    Self.expect(
      "two entries of the archive have one name",
      Self.error { $0.extra = [HandmadeZip.Entry("m/data/0", TorchSample.values)] })
  }

  @Test func severalPickles() {
    Self.expect(
      "found m/data.pkl, n/data.pkl",
      Self.error { $0.extra = [HandmadeZip.Entry("n/data.pkl", Array("N.".utf8))] })
  }

  @Test func programsAndOtherMachines() {
    Self.expect(
      "TorchScript", Self.error { $0.extra = [HandmadeZip.Entry("m/constants.pkl", [0x4e])] })
    Self.expect(
      "byte order", Self.error { $0.extra = [HandmadeZip.Entry("m/byteorder", Array("big".utf8))] })
    #expect(
      Self.error { $0.extra = [HandmadeZip.Entry("m/byteorder", Array("little".utf8))] } == nil)
  }

  @Test func overlappingEntriesAndBombs() {
    // Two names of one place: how a small archive unfolds to much.
    var zip = TorchSample().zip
    zip.entries.append(zip.entries[1])
    zip.entries[2].offset = 30 + "m/data.pkl".utf8.count + zip.entries[0].content.count
    Self.expect("entries of the archive overlap", TorchSample.error(zip.bytes))
    // A storage of a gigabyte in a few deflated bytes: refused by its ratio.
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("w", TorchText.tensor(TorchText.storage(count: 1 << 28)))
    ])
    sample.deflates = true
    zip = sample.zip
    zip.entries[1].size = 1 << 30
    zip.entries[1].wide = true
    Self.expect("sizes contradict each other", TorchSample.error(zip.bytes))
  }

  @Test func damagedElements() {
    var sample = TorchSample()
    sample.deflates = true
    var zip = sample.zip
    zip.entries[1].checksum = 1
    // Found when the tensor is asked for, and by `verify` in any case.
    Self.expect(
      "[m/data/0] the entry's checksum is wrong",
      TorchSample.error(zip.bytes) { _ = try $0.tensor("w") })
    zip = TorchSample().zip
    zip.entries[1].checksum = 1
    #expect(TorchSample.error(zip.bytes) == nil)
    let path = NPZTests.scratch("hand.ckpt")
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: Never.self) { try Data(zip.bytes).write(to: URL(fileURLWithPath: path)) }
    let error = #expect(throws: ProgramError.self) { try TorchCheckpoint(path: path).verify() }
    #expect(error?.what.contains("checksum") == true)
  }

  @Test func nothingToRead() {
    Self.expect(
      "holds no tensors (found epoch)",
      Self.error { $0.object = TorchText.dict([("epoch", "I1\n")]) })
    Self.expect("pickle is empty", TorchSample.error(HandmadeZip(.init("m/data.pkl", [])).bytes))
  }

  @Test func legacyLies() {
    let sample = TorchSample()
    Self.expect("unknown storage", TorchSample.error(sample.legacy(keys: ["7"])))
    Self.expect("unknown storage", TorchSample.error(sample.legacy(keys: ["0", "0"])))
    Self.expect("elements of a tensor are missing", TorchSample.error(sample.legacy(keys: [])))
    Self.expect("told in two ways", TorchSample.error(sample.legacy(count: 5)))
    var large = sample
    large.object = TorchText.dict([("w", TorchText.tensor(TorchText.storage(count: 1 << 40)))])
    Self.expect("ends early", TorchSample.error(large.legacy(count: 1 << 40)))
    large.object = TorchText.dict([("w", TorchText.tensor(TorchText.storage(count: -6)))])
    Self.expect("is not possible", TorchSample.error(large.legacy()))
  }
}
