import Compute
import Foundation
import Testing

@testable import TensorFiles

/// Archives whose entries hold more than they should, or something else than they were.
@Suite struct NPZLimitsTests {
  private func with(_ zip: HandmadeZip, _ body: (NPZFile) throws -> Void) throws {
    let path = NPZTests.scratch("limits.npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(zip.bytes).write(to: URL(fileURLWithPath: path))
    try body(NPZFile(path: path))
  }

  private static func entry(_ name: String, _ tensor: TensorData) throws -> HandmadeZip.Entry {
    var entry = HandmadeZip.Entry("\(name).npy", try NPY.encode(tensor))
    entry.deflates = true
    return entry
  }

  private static func text(_ scalars: Int) -> TensorData {
    TensorData(
      scalarType: .unicode(scalars), shape: [],
      bytes: (0..<scalars).flatMap { _ in [UInt8](arrayLiteral: 65, 0, 0, 0) })
  }

  /// Sixteen million characters in some kilobytes: only the first ones are unfolded.
  @Test func longTextsAreCut() throws {
    try with(HandmadeZip(try Self.entry("gender", Self.text(1 << 22)))) { (file: NPZFile) throws in
      #expect(try file.text("gender", atMost: 7) == "AAAAAAA")
      #expect(try file.text("gender")?.count == 200)
    }
    try with(
      HandmadeZip(
        try Self.entry("short", Self.text(3)),
        try Self.entry(
          "bytes", TensorData(scalarType: .bytes(4), shape: [1], bytes: [97, 98, 0, 0])),
        try Self.entry("none", TensorData(scalarType: .unicode(3), shape: [0], bytes: [])),
        try Self.entry("numbers", TensorData(shape: [2], floats: [1, 2])))
    ) { (file: NPZFile) throws in
      #expect(try file.text("short") == "AAA" && file.text("bytes") == "ab")
      #expect(try file.text("none") == nil)
      #expect(throws: ProgramError.self) { try file.text("numbers") }
    }
    let header = "{'descr': '>U2', 'fortran_order': False, 'shape': (), }\n"
    let content =
      NPYHeader.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [0, 0, 0, 66, 0, 0, 0, 67]
    try with(HandmadeZip(HandmadeZip.Entry("big.npy", content))) { (file: NPZFile) throws in
      #expect(try file.text("big") == "BC")
      #expect(try file.text("big", atMost: 1) == "B")
    }
  }

  @Test func entriesFarLargerThanTheirArrays() throws {
    for deflates in [false, true] {
      var entry = try Self.entry("x", TensorData(shape: [], doubles: [120]))
      entry.deflates = deflates
      entry.content += [UInt8](repeating: 0, count: 1 << 20)
      try with(HandmadeZip(entry)) { (file: NPZFile) throws in
        let error = #expect(throws: ProgramError.self) { try file.tensor("x") }
        #expect(error?.what == "the entry is far larger than its array" && error?.key == "x")
        #expect(try file.header("x").shape == [])
      }
      entry.content.removeLast((1 << 20) - 8)
      try with(HandmadeZip(entry)) { (file: NPZFile) throws in
        #expect(try file.tensor("x").doubles() == [120])
      }
    }
  }

  /// What was read already is not read again; what was not is.
  @Test func verification() throws {
    for deflates in [false, true] {
      var good = try Self.entry("good", TensorData(shape: [3], floats: [1, 2, 3]))
      var bad = try Self.entry("bad", TensorData(shape: [3], floats: [4, 5, 6]))
      good.deflates = deflates
      bad.deflates = deflates
      try with(HandmadeZip(good, bad)) { (file: NPZFile) throws in
        #expect(try file.tensor("good").floats() == [1, 2, 3])
        try file.verify()
        try file.verify()
      }
      bad.checksum = 1
      try with(HandmadeZip(good, bad)) { (file: NPZFile) throws in
        #expect(try file.tensor("good").floats() == [1, 2, 3])
        for _ in 0..<2 {
          let error = #expect(throws: ProgramError.self) { try file.verify() }
          #expect(error?.key == "bad.npy" && error?.what.contains("checksum") == true)
        }
      }
    }
  }
}
