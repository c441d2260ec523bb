/// Recorded pickles against the arrays they were made of.
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct PickleParity {
  /// The value at dotted `name`: keys, and positions in sequences.
  static func find(_ name: String, in value: PickleValue) -> PickleValue? {
    name.split(separator: ".").reduce(Optional(value)) { found, part in
      found?[String(part)] ?? Int(part).flatMap { found?[$0] }
    }
  }

  static func same(_ a: TensorData, _ b: TensorData) throws -> Bool {
    guard a.shape == b.shape else { return false }
    return try a.doubles().map(\.bitPattern) == b.doubles().map(\.bitPattern)
  }

  @Test func arraysOfEveryProtocol() throws {
    let expected = try NPZFile(path: Fixtures.path("dinar/pickle_reader/expected.npz"))
    #expect(!expected.names.isEmpty)
    for path in try Fixtures.files(in: "dinar/pickle_reader", prefix: "", suffix: ".pkl") {
      let value = try Pickle.read(path: path)
      for name in expected.names {
        let golden = try expected.tensor(name)
        let tensor = try #require(
          try Self.find(name, in: value)?.tensor(), "\(path): \(name)")
        let equal = try Self.same(tensor, golden)
        #expect(equal, "\(path): \(name)")
        // Python's own numbers have no numpy type.
        if case .tensor? = Self.find(name, in: value) {
          #expect(tensor.scalarType == golden.scalarType, "\(path): \(name)")
        }
      }
    }
  }

  @Test func torchTensorsEqualArrays() throws {
    let arrays = try #require(
      try Pickle.read(path: Fixtures.path("motion/dinar_numpy.pkl"))["body_params_list"]?.sequence)
    for path in try Fixtures.files(in: "motion", prefix: "dinar_torch", suffix: ".pkl") {
      let frames = try #require(try Pickle.read(path: path)["body_params_list"]?.sequence)
      #expect(!frames.isEmpty && frames.count <= arrays.count)
      for (frame, array) in zip(frames, arrays) {
        #expect(frame.keys == array.keys && !array.keys.isEmpty)
        for key in array.keys {
          let tensor = try #require(try frame[key]?.tensor())
          let golden = try #require(try array[key]?.tensor())
          let equal = try Self.same(tensor, golden)
          #expect(equal && tensor.scalarType == golden.scalarType, "\(path): \(key)")
        }
      }
    }
  }

  @Test func bodyModelEqualsArchive() throws {
    let value = try Pickle.read(path: Fixtures.path("lbs/model.pkl"))
    let archive = try NPZFile(path: Fixtures.path("lbs/model.npz"))
    var compared = 0
    for name in archive.names where value[name] != nil {
      guard let tensor = try value[name]?.tensor() else { continue }
      let equal = try Self.same(tensor, archive.tensor(name))
      #expect(equal, "\(name)")
      compared += 1
    }
    #expect(compared >= 11)
  }

  @Test func personsAndAnimationsParse() throws {
    let root = URL(fileURLWithPath: try Fixtures.path("dinar_e2e"))
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".pkl") || $0.hasSuffix(".pickle") }
    #expect(!names.isEmpty)
    for name in names {
      let value = try Pickle.read(path: root.appendingPathComponent(name).path)
      if case .dict(let entries) = value {
        #expect(!entries.isEmpty, "\(name)")
      } else {
        Issue.record("\(name) is no dictionary")
      }
    }
  }
}
