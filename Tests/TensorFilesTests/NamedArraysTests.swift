import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

/// One protocol over all containers: the same arrays come out of each, whichever way they are asked for.
@Suite struct NamedArraysTests {
  private static let values = (0..<35).map { Float($0) * 0.25 - 3 }
  private static let single = TensorData(shape: [5, 7], floats: values)
  private static let double = TensorData(shape: [5, 7], doubles: values.map(Double.init))
  private static let integers = TensorData(shape: [5, 7], int32s: (0..<35).map { $0 - 9 })

  private func with(
    _ suffix: String, _ write: (String) throws -> Void, _ body: (String) throws -> Void
  ) throws {
    let path = NPZTests.scratch("named.\(suffix)")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path)
    try body(path)
  }

  /// Every way of reading gives what the whole array gives.
  private func check(
    _ arrays: some NamedArrays, _ name: String, _ shape: [Int], _ expected: [Float],
    _ type: ScalarType
  ) throws {
    #expect(arrays.names.contains(name) && arrays.contains(name) && arrays.holdsArray(name))
    #expect(try arrays.header(name) == ArrayHeader(scalarType: type, shape: shape))
    #expect(try arrays.tensor(name).floats() == expected)
    for (group, atOnce) in [(1, false), (6, true), (7, false), (35, true), (100, false)] {
      var found: [Float] = []
      var counts: [Int] = []
      try arrays.stream(name, group: group, atOnce: atOnce) {
        found += $0
        counts.append($0.count)
      }
      #expect(found == expected, "\(group)")
      #expect(counts.dropLast().allSatisfy { $0 == group }, "\(group): \(counts)")
    }
    let read = try Tensor(shape: shape) { try arrays.read(name, into: $0) }
    #expect(read.elements == expected)
    #expect(throws: ProgramError.self) { try arrays.header("none") }
    #expect(throws: ProgramError.self) { try arrays.tensor("none") }
    #expect(!arrays.contains("none") && !arrays.holdsArray("none"))
    arrays.releasePages()
    #expect(try arrays.tensor(name).floats() == expected, "pages come back")
  }

  @Test(arguments: [false, true]) func archives(compressed: Bool) throws {
    let all = [("f", Self.single), ("d", Self.double), ("i", Self.integers)]
    try with("npz", { try NPZ.write(all, to: $0, compressed: compressed) }) { path in
      let file = try NPZFile(path: path)
      #expect(file.file == path)
      for (name, tensor) in all {
        try check(file, name, [5, 7], tensor.floats(), tensor.scalarType)
      }
    }
  }

  /// Other layouts than that of memory are read whole.
  @Test func archivesOfOtherLayouts() throws {
    for (type, order) in [("<f4", "True"), (">f8", "False")] {
      let text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (2, 3), }"
      var bytes = NPYHeader.magic + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
      for value in 0..<6 {
        bytes +=
          type == "<f4"
          ? withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
          : withUnsafeBytes(of: Double(value).bitPattern.bigEndian) { Array($0) }
      }
      let zip = HandmadeZip(HandmadeZip.Entry("x.npy", bytes)).bytes
      try with("npz", { try Data(zip).write(to: URL(fileURLWithPath: $0)) }) { path in
        let expected: [Float] = type == "<f4" ? [0, 2, 4, 1, 3, 5] : [0, 1, 2, 3, 4, 5]
        var found: [Float] = []
        try NPZFile(path: path).stream("x", group: 4, atOnce: false) { found += $0 }
        #expect(found == expected)
      }
    }
  }

  @Test func safetensors() throws {
    let half = TensorData(
      scalarType: .float16, shape: [2], bytes: [0x00, 0x3c, 0x00, 0xc0])
    let brain = TensorData(
      scalarType: .bfloat16, shape: [2], bytes: [0x80, 0x3f, 0x00, 0xc0])
    let all = [("f", Self.single), ("d", Self.double), ("i", Self.integers)]
    try with(
      "safetensors", { try SafetensorsFile.write(all + [("h", half), ("b", brain)], to: $0) }
    ) { path in
      let file = try SafetensorsFile(path: path)
      for (name, tensor) in all {
        try check(file, name, [5, 7], tensor.floats(), tensor.scalarType)
      }
      try check(file, "h", [2], [1, -2], .float16)
      try check(file, "b", [2], [1, -2], .bfloat16)
    }
  }

  @Test func checkpoints() throws {
    var sample = TorchSample()
    sample.object = TorchText.dict([
      ("w", TorchText.tensor()), ("t", TorchText.tensor(shape: [3, 2], strides: [1, 3])),
    ])
    for bytes in [sample.zip.bytes, sample.legacy()] {
      let checkpoint = try TorchSample.read(bytes)
      try check(checkpoint, "w", [2, 3], TorchSample.floats, .float32)
      try check(checkpoint, "t", [3, 2], [0, 3, 1, 4, 2, 5], .float32)
    }
  }

  @Test func pickles() throws {
    let sparse = try SparseMatrix(
      rowCount: 2, columnCount: 3, isColumnCompressed: false, starts: [0, 1, 2], indices: [2, 0],
      data: Self.array([4, 5]))
    let value = PickleValue.dict([
      (key: .string("f"), value: .tensor(Self.single)), (key: .string("s"), value: .sparse(sparse)),
      (key: .string("l"), value: .list([.int(1), .float(2.5)])),
      (key: .string("n"), value: .int(7)), (key: .string("t"), value: .string("male")),
      (key: .string("o"), value: .list([.string("x")])), (key: .string("e"), value: .list([])),
    ])
    let arrays = try #require(PickleArrays(value, file: "a.pkl"))
    #expect(arrays.names == ["f", "s", "l", "n", "t", "o", "e"] && arrays.file == "a.pkl")
    try check(arrays, "f", [5, 7], Self.values, .float32)
    try check(arrays, "s", [2, 3], [0, 0, 4, 5, 0, 0], .float32)
    try check(arrays, "l", [2], [1, 2.5], .float64)
    for name in ["t", "o", "e"] {
      #expect(arrays.contains(name) && !arrays.holdsArray(name))
      let error = #expect(throws: ProgramError.self) { try arrays.header(name) }
      #expect(error?.what == "the file lacks an array" && error?.found == "something else")
      #expect(error?.key == name)
    }
    #expect(try arrays.singleNumber("n") == 7 && arrays.singleNumber("t") == nil)
    #expect(try arrays.singleText("t") == "male" && arrays.singleText("n") == nil)
    #expect(PickleArrays(.list([value]), file: nil) == nil)
  }

  @Test func tensorsInMemory() throws {
    let arrays = ["b": Tensor(shape: [2, 2], [1, 2, 3, 4]), "a": Tensor(7)]
    #expect(arrays.names == ["a", "b"] && arrays.file == nil)
    try check(arrays, "b", [2, 2], [1, 2, 3, 4], .float32)
    try check(arrays, "a", [], [7], .float32)
    #expect(throws: ProgramError.self) {
      _ = try Tensor(shape: [3]) { try arrays.read("b", into: $0) }
    }
  }

  /// A number or text is one element; anything else is none, whatever is wrong with it.
  @Test func singleValues() throws {
    let all = [
      ("rate", TensorData(shape: [], doubles: [120])),
      ("one", TensorData(shape: [1, 1], int32s: [3])),
      ("two", Self.array([1, 2])),
      ("sex", TensorData(scalarType: .bytes(4), shape: [], bytes: Array("male".utf8))),
    ]
    try with("npz", { try NPZ.write(all, to: $0) }) { path in
      let file = try NPZFile(path: path)
      #expect(try file.singleNumber("rate") == 120 && file.singleNumber("one") == 3)
      #expect(try file.singleNumber("two") == nil && file.singleNumber("sex") == nil)
      #expect(try file.singleNumber("none") == nil && file.singleText("none") == nil)
      #expect(try file.singleText("sex") == "male" && file.singleText("rate") == nil)
    }
    try with("safetensors", { try SafetensorsFile.write(Array(all.prefix(3)), to: $0) }) { path in
      let file = try SafetensorsFile(path: path)
      #expect(try file.singleNumber("rate") == 120 && file.singleNumber("two") == nil)
      #expect(try file.singleText("rate") == nil)
    }
  }

  /// Sizes that no array has do not overflow.
  @Test func headersOfAnySize() {
    func header(_ shape: [Int]) -> ArrayHeader { ArrayHeader(scalarType: .float64, shape: shape) }
    #expect(header([]).count == 1 && header([]).byteCount == 8)
    #expect(header([3, 4]).count == 12 && header([3, 4]).byteCount == 96)
    #expect(header([1 << 40, 1 << 40]).count == .max)
    #expect(header([1 << 61]).count == 1 << 61 && header([1 << 61]).byteCount == .max)
    #expect(header([1 << 40, 1 << 40, 0]).count == 0)
  }

  private static func array(_ values: [Float]) -> TensorData {
    TensorData(shape: [values.count], floats: values)
  }
}
