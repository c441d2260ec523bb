import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite struct NPZTests {
  static func scratch(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)")
      .path
  }

  @Test(arguments: [false, true]) func roundTrip(compressed: Bool) throws {
    let path = Self.scratch("a.npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    var arrays: [(String, TensorData)] = []
    for (index, shape) in [[], [0], [1], [3, 5], [13, 0, 2], [2, 3, 4, 5], [127]].enumerated() {
      let count = shape.reduce(1, *)
      arrays.append(
        ("f\(index)", TensorData(shape: shape, floats: (0..<count).map { Float($0) * 0.37 - 2 })))
      arrays.append(
        ("i\(index)", TensorData(shape: shape, int64s: (0..<count).map { Int64($0) - 3 })))
    }
    arrays.append(
      ("big", TensorData(shape: [300_001], floats: (0..<300_001).map { Float($0 % 77) })))
    try NPZ.write(arrays, to: path, compressed: compressed)
    let file = try NPZFile(path: path)
    #expect(file.names == arrays.map(\.0))
    for (name, tensor) in arrays {
      let read = try file.tensor(name)
      #expect(read.shape == tensor.shape && read.scalarType == tensor.scalarType)
      #expect(try read.doubles() == tensor.doubles())
      var streamed: [UInt8] = []
      try file.stream(name) { streamed.append(contentsOf: $0) }
      #expect(streamed == tensor.withUnsafeBytes { [UInt8]($0) })
      #expect(try file.header(name).shape == tensor.shape)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let path = Self.scratch("b.npz")
    let cut = Self.scratch("c.npz")
    defer { for file in [path, cut] { try? FileManager.default.removeItem(atPath: file) } }
    try NPZ.write(
      [
        ("x", TensorData(shape: [3], floats: [1, 2, 3])), ("y", TensorData(shape: [], floats: [4])),
      ],
      to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for count in 0..<bytes.count {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: cut))
      #expect(throws: ProgramError.self, "\(count) bytes") { try NPZFile(path: cut) }
    }
  }

  @Test func everyFlippedByteIsAnErrorOrHarmless() throws {
    let path = Self.scratch("d.npz")
    let bad = Self.scratch("e.npz")
    defer { for file in [path, bad] { try? FileManager.default.removeItem(atPath: file) } }
    let values: [Float] = [1, 2, 3, 4, 5]
    try NPZ.write([("x", TensorData(shape: [5], floats: values))], to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for index in 0..<bytes.count {
      var copy = bytes
      copy[index] ^= 0x41
      try copy.write(to: URL(fileURLWithPath: bad))
      do {
        let file = try NPZFile(path: bad)
        if file.contains("x") { #expect(try file.tensor("x").floats() == values, "byte \(index)") }
      } catch is ProgramError {
      }
    }
  }

  @Test func bodyFile() throws {
    let file = try NPZFile(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    #expect(try file.tensor("v_template").shape == [13524, 3])
    #expect(try file.header("posedirs").shape == [13524, 3, 486])
    #expect(try file.tensor("part_names").strings().first == "head")
    let weights = try file.tensor("weights").floats()
    for vertex in stride(from: 0, to: 13524, by: 997) {
      #expect(weights[vertex * 55..<(vertex + 1) * 55].reduce(0, +) == 1)
    }
    #expect(throws: ProgramError.self) { try file.tensor("nothing") }
  }
}
