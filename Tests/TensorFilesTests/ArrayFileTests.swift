/// Containers as one tree of values: joblib's arrays, compressed pickles, arrays of objects, JSON.
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite struct ArrayFileTests {
  static func open(_ bytes: [UInt8]) throws -> ArrayFile.Contents? {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("array-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ArrayFile.open(path: path)
  }

  static func value(_ bytes: [UInt8]) throws -> PickleValue? {
    guard case .value(let value)? = try open(bytes) else { return nil }
    return value
  }

  static func error(_ bytes: [UInt8]) -> ProgramError? {
    do {
      _ = try open(bytes)
      return nil
    } catch { return error as? ProgramError }
  }

  /// `{"x": array}` as joblib writes it: the elements lie behind the object that stands for them, after a
  /// byte of padding's length and the padding.
  static func joblib(count: Int = 3, elements: [Float] = [1, 2, 3]) -> [UInt8] {
    var text =
      "}S'x'\ncjoblib.numpy_pickle\nNumpyArrayWrapper\n)\u{81}}(S'subclass'\ncnumpy\nndarray\n"
    text +=
      "S'shape'\n(I\(count)\ntS'order'\nS'C'\nS'dtype'\ncnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\n"
    text += "NNNI-1\nI-1\nI0\ntbS'allow_mmap'\nI01\nS'numpy_array_alignment_bytes'\nI16\nub"
    var bytes = text.unicodeScalars.map { UInt8($0.value) }
    bytes += [2, 255, 255] + elements.withUnsafeBytes { [UInt8]($0) }
    return bytes + Array("sS'y'\nI7\ns.".utf8)
  }

  @Test func joblibsArraysLieInTheStream() throws {
    let value = try Pickle.read(bytes: Self.joblib())
    #expect(try value["x"]?.tensor()?.floats() == [1, 2, 3] && value["y"]?.integer == 7)
    for count in [4, 1 << 40, -1] {
      #expect(throws: ProgramError.self) { try Pickle.read(bytes: Self.joblib(count: count)) }
    }
  }

  @Test func otherCompressorsAreNamed() {
    for (start, name) in [
      ([0x42, 0x5a, 0x68, 0x39], "bzip2"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"),
      ([0x04, 0x22, 0x4d, 0x18, 0], "lz4"), ([0x28, 0xb5, 0x2f, 0xfd, 0], "zstandard"),
      ([0x5d, 0, 0, 0x80], "lzma"),
    ] as [([UInt8], String)] {
      #expect(Self.error(start)?.what == "the file is compressed by \(name), which is not read")
    }
  }

  /// `zlib.compress(b"\\x80\\x02K\\x05.")` and the same by gzip.
  @Test func compressedPicklesAreUnfolded() throws {
    let zlib: [UInt8] = [
      0x78, 0x9c, 0x6b, 0x60, 0xf2, 0x66, 0xd5, 0x3, 0x0, 0x3, 0xa6, 0x1, 0x1,
    ]
    #expect(try Self.value(zlib)?.integer == 5)
    #expect(Self.error(Array(zlib.dropLast(6)))?.what.contains("damaged or ends early") == true)
    #expect(CompressedFile.method(head: [0x1f, 0x8b, 8]) == .gzip)
    #expect(CompressedFile.method(head: Array("xyz".utf8)) == nil)
  }

  @Test func strangersPassByTheirNames() throws {
    let text = "}S'a'\ncpathlib\nPosixPath\n(S'x'\ntRsS'b'\nI3\ns."
    let value = try Pickle.read(bytes: Array(text.utf8), keepsStrangers: true)
    #expect(value["b"]?.integer == 3)
    guard case .opaque(let name)? = value["a"] else {
      Issue.record("no opaque value")
      return
    }
    #expect(name == "pathlib.PosixPath")
    #expect(throws: ProgramError.self) { try Pickle.read(bytes: Array(text.utf8)) }
  }

  @Test func arraysOfObjects() throws {
    func npy(_ shape: String, _ pickle: String) -> [UInt8] {
      var header = "{'descr': '|O', 'fortran_order': False, 'shape': \(shape), }"
      header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
      return NPYHeader.magic + [1, 0, UInt8(header.utf8.count), 0] + Array((header + pickle).utf8)
    }
    #expect(try Self.value(npy("()", "(lp0\nI5\na."))?.integer == 5)
    #expect(try Self.value(npy("(2,)", "(lp0\nI5\naI6\na."))?.sequence?.count == 2)
    #expect(Self.error(npy("()", "cos\nsystem"))?.code == .dataError)
  }

  @Test func listsOfListsAreArrays() throws {
    let rows = PickleValue.list([.list([.int(1), .float(2)]), .tuple([.int(3), .int(4)])])
    #expect(try rows.tensor()?.shape == [2, 2] && rows.tensor()?.doubles() == [1, 2, 3, 4])
    let uneven = PickleValue.list([.list([.int(1)]), .list([.int(3), .int(4)])])
    #expect(try uneven.tensor() == nil)
    #expect(try PickleValue.list([.none]).tensor() == nil)
  }

  @Test func jsonIsRead() throws {
    let text =
      #"{"a": [[1, 2.5], [-3e-1, NaN]], "b": null, "c": "x\u00e9\n", "d": [1, "q"], "e": 17, "f": []}"#
    let value = try #require(try Self.value(Array(text.utf8)))
    let a = try #require(try value["a"]?.tensor())
    #expect(a.shape == [2, 2])
    #expect(try a.doubles()[..<3] == [1, 2.5, -0.3] && a.doubles()[3].isNaN)
    #expect(value["c"]?.string == "xé\n" && value["e"]?.integer == 17)
    #expect(value["d"]?.sequence?.count == 2 && value["f"]?.sequence?.isEmpty == true)
    if case .none? = value["b"] {} else { Issue.record("null is none") }
  }

  @Test(arguments: [
    "{", "[1, ", "{\"a\" 1}", "[1}", "{\"a\": [1, 2}", "[1] 2", "{\"a\": \"x", "[-]", "[1e]",
    "{1: 2}",
    "[\"\\q\"]",
  ])
  func damagedJSONIsRefused(text: String) {
    #expect(Self.error(Array(text.utf8))?.code == .dataError, "\(text)")
  }

  @Test func deepJSONIsRefused() {
    let text = String(repeating: "[", count: 100_000)
    #expect(Self.error(Array(text.utf8))?.what.contains("nested too deeply") == true)
  }
}
