import AllocationCounter
import CZ
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

/// Files that are written piece by piece are those that were once put together in memory.
@Suite struct StreamedWritingTests {
  private static func scratch(_ suffix: String) -> String { NPZTests.scratch("written.\(suffix)") }

  private static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Arrays of several types, an empty one, and one of several pieces that end within an element.
  private static func arrays() -> [(String, TensorData)] {
    var noise = SeededGenerator(state: 11)
    let large = (0..<700_001).map { _ in Float(noise.next() >> 40) }
    let repeated = (0..<600_011).map { Float(($0 / 7) % 331) }
    return [
      ("z/large", TensorData(shape: [700_001], floats: large)),
      ("a \"quoted\" ä", TensorData(shape: [600_011], floats: repeated)),
      ("empty", TensorData(shape: [0, 4], doubles: [])),
      ("scalar", TensorData(shape: [], int64s: [-7])),
      ("flags", TensorData(scalarType: .bool, shape: [3], bytes: [1, 0, 1])),
      ("half", TensorData(scalarType: .float16, shape: [1, 2], bytes: [0, 60, 0, 192])),
    ]
  }

  // MARK: The layouts, put together in memory

  static func safetensors(
    _ tensors: [(String, TensorData)], _ metadata: [String: String]
  ) throws -> [UInt8] {
    let types: [ScalarType: String] = [
      .float32: "F32", .float64: "F64", .int64: "I64", .bool: "BOOL", .float16: "F16",
    ]
    var object: [String: Any] = [:]
    if !metadata.isEmpty { object["__metadata__"] = metadata }
    var data: [UInt8] = []
    for (name, tensor) in tensors {
      let start = data.count
      tensor.withUnsafeBytes { data.append(contentsOf: $0) }
      object[name] =
        [
          "dtype": try #require(types[tensor.scalarType]), "shape": tensor.shape,
          "data_offsets": [start, data.count],
        ] as [String: Any]
    }
    var header = [UInt8](
      try JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]))
    header += [UInt8](repeating: UInt8(ascii: " "), count: (64 - (8 + header.count) % 64) % 64)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) } + header + data
  }

  static func npz(_ arrays: [(String, TensorData)], compressed: Bool) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 255) }
    }
    for (name, tensor) in arrays {
      let content = try NPY.encode(tensor)
      let checksum = content.withUnsafeBytes {
        crc32_z(crc32(0, nil, 0), $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
      }
      let packed = compressed ? try deflated(content) : content
      let fileName = Array("\(name).npy".utf8)
      let offset = bytes.count
      let common =
        little(45, 2) + little(0x800, 2) + little(compressed ? 8 : 0, 2) + little(0, 2)
        + little(0x21, 2) + little(Int(checksum), 4) + little(0xffff_ffff, 4)
        + little(0xffff_ffff, 4) + little(fileName.count, 2)
      bytes += little(0x0403_4b50, 4) + common + little(20, 2) + fileName + little(1, 2)
      bytes += little(16, 2) + little(content.count, 8) + little(packed.count, 8) + packed
      directory += little(0x0201_4b50, 4) + little(45, 2) + common + little(28, 2)
      directory += little(0, 6) + little(0, 4) + little(0xffff_ffff, 4) + fileName
      directory += little(1, 2) + little(24, 2) + little(content.count, 8)
      directory += little(packed.count, 8) + little(offset, 8)
    }
    let start = bytes.count
    bytes += directory
    let record = bytes.count
    bytes += little(0x0606_4b50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
    bytes += little(arrays.count, 8) + little(arrays.count, 8) + little(directory.count, 8)
    bytes += little(start, 8)
    bytes += little(0x0706_4b50, 4) + little(0, 4) + little(record, 8) + little(1, 4)
    bytes += little(0x0605_4b50, 4) + little(0, 4) + little(arrays.count, 2)
    bytes += little(arrays.count, 2) + little(directory.count, 4) + little(start, 4)
    return bytes + little(0, 2)
  }

  /// Compressed by a single call of zlib.
  private static func deflated(_ content: [UInt8]) throws -> [UInt8] {
    var zlib = z_stream()
    try #require(
      deflateInit2_(
        &zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { deflateEnd(&zlib) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&zlib, UInt(content.count))))
    let room = output.count
    var input = content
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        zlib.next_in = input.baseAddress
        zlib.avail_in = UInt32(input.count)
        zlib.next_out = output.baseAddress
        zlib.avail_out = UInt32(room)
        return deflate(&zlib, Z_FINISH)
      }
    }
    try #require(status == Z_STREAM_END)
    return Array(output.prefix(room - Int(zlib.avail_out)))
  }

  // MARK: Bytes

  @Test func safetensorsAreThoseOfBefore() throws {
    let path = Self.scratch("safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    for metadata in [[:], ["avatar": "{\"a\":1}", "b": "ä/"]] {
      try SafetensorsFile.write(Self.arrays(), metadata: metadata, to: path)
      #expect(try Self.bytes(path) == Self.safetensors(Self.arrays(), metadata))
    }
    // A file without anything, and one that is saved again from its own mapping.
    try SafetensorsFile.write([(String, TensorData)](), to: path)
    #expect(try Self.bytes(path) == Self.safetensors([], [:]))
    try SafetensorsFile.write(Self.arrays(), to: path)
    let file = try SafetensorsFile(path: path)
    let order = Self.arrays().map(\.0)
    try SafetensorsFile.write(order.map { ($0, try file.tensor($0)) }, to: path)
    #expect(try Self.bytes(path) == Self.safetensors(Self.arrays(), [:]))
  }

  @Test(arguments: [false, true]) func archivesAreThoseOfBefore(compressed: Bool) throws {
    let path = Self.scratch("npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try NPZ.write(Self.arrays(), to: path, compressed: compressed)
    #expect(try Self.bytes(path) == Self.npz(Self.arrays(), compressed: compressed))
    try NPZ.write([(String, TensorData)](), to: path, compressed: compressed)
    #expect(try Self.bytes(path) == Self.npz([], compressed: compressed))
  }

  /// Tensors and arrays of other files are converted on the way.
  @Test func sourcesOfOtherKinds() throws {
    let (archive, path) = (Self.scratch("npz"), Self.scratch("safetensors"))
    defer { for file in [archive, path] { try? FileManager.default.removeItem(atPath: file) } }
    let values = (0..<300_007).map { Float($0) * 0.5 }
    let doubles = TensorData(shape: [300_007], doubles: values.map(Double.init))
    let flags = TensorData(scalarType: .bool, shape: [2], bytes: [1, 0])
    try NPZ.write([("d", doubles), ("b", flags)], to: archive)
    let arrays = try NPZFile(path: archive)
    try SafetensorsFile.write(
      [
        ("t", ArraySource(Tensor(shape: [300_007], values))),
        ("d", try ArraySource(floatsOf: "d", in: arrays)),
        ("b", try ArraySource(floatsOf: "b", in: arrays)),
      ], to: path)
    let floats = TensorData(shape: [300_007], floats: values)
    #expect(
      try Self.bytes(path)
        == Self.safetensors(
          [("t", floats), ("d", floats), ("b", TensorData(shape: [2], floats: [1, 0]))], [:]))
    #expect(throws: ProgramError.self) { try ArraySource(floatsOf: "none", in: arrays) }
  }

  // MARK: Memory

  /// A source of as many numbers as are asked for, none of which is held.
  private struct Counting: NamedArrays {
    var count = 0
    /// Numbers that come, where these are others than the header says.
    var given: Int?
    var file: String? { nil }
    var names: [String] { ["x"] }
    func header(_ name: String) throws -> ArrayHeader {
      ArrayHeader(scalarType: .float32, shape: [count])
    }
    func tensor(_ name: String) throws -> TensorData {
      throw ProgramError(.software, "the array was read whole", key: name)
    }
    func stream(
      _ name: String, group: Int, atOnce: Bool,
      _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
      let floats = [Float](repeating: 1.5, count: group)
      var rest = given ?? count
      while rest > 0 {
        try floats.prefix(rest).withUnsafeBufferPointer(body)
        rest -= group
      }
    }
  }

  @Test(arguments: ["safetensors", "npz", "stored"]) func oneChunkIsHeld(kind: String) throws {
    let paths = [Self.scratch(kind), Self.scratch(kind), Self.scratch("npy")]
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    // 64 MB of which the system stores next to nothing.
    let source = try ArraySource(floatsOf: "x", in: Counting(count: 1 << 24))
    func write(_ source: ArraySource, to path: String) throws {
      if kind == "safetensors" {
        try SafetensorsFile.write([("x", source)], to: path)
      } else {
        try NPZ.write([("x", source)], to: path, compressed: kind == "npz")
      }
    }
    let before = allocated_bytes_of_thread()
    try write(source, to: paths[0])
    if kind != "npz" {
      // Saved again from the mapped file.
      let again =
        kind == "safetensors"
        ? try SafetensorsFile(path: paths[0]).tensor("x") : try NPZFile(path: paths[0]).tensor("x")
      try write(ArraySource(again), to: paths[1])
      try NPY.write(again, to: paths[2])
    }
    let taken = allocated_bytes_of_thread() - before
    if allocation_counter_works() {
      #expect(taken < 16 << 20, "\(taken >> 10) KB")
    }
    if kind != "npz" { #expect(try Self.bytes(paths[0]) == Self.bytes(paths[1])) }
  }

  // MARK: Errors

  /// A source that does not keep to its header leaves nothing behind.
  @Test func sourcesOfAnotherSize() throws {
    for given in [0, 3, 5, 1 << 20] {
      let source = try ArraySource(floatsOf: "x", in: Counting(count: 4, given: given))
      for kind in ["safetensors", "npz"] {
        let path = Self.scratch(kind)
        let error = #expect(throws: ProgramError.self) {
          if kind == "npz" {
            try NPZ.write([("x", source)], to: path)
          } else {
            try SafetensorsFile.write([("x", source)], to: path)
          }
        }
        #expect(error?.code == .software && error?.expected == "16 bytes")
        #expect(!FileManager.default.fileExists(atPath: path))
      }
    }
  }

  @Test func whatCannotBeWritten() throws {
    let path = Self.scratch("safetensors")
    let text = TensorData(scalarType: .bytes(1), shape: [1], bytes: [65])
    let type = #expect(throws: ProgramError.self) {
      try SafetensorsFile.write([("x", text)], to: path)
    }
    #expect(type?.what == "safetensors cannot hold this type" && type?.found == "|S1")
    let twice = #expect(throws: ProgramError.self) {
      try SafetensorsFile.write([("x", Self.one), ("x", Self.one)], to: path)
    }
    #expect(twice?.what == "two tensors have one name" && twice?.key == "x")
    let endless = try ArraySource(floatsOf: "x", in: Counting(count: 1 << 62))
    let large = #expect(throws: ProgramError.self) {
      try SafetensorsFile.write([("x", ArraySource(Self.one)), ("y", endless)], to: path)
    }
    #expect(large?.key == "y")
    #expect(!FileManager.default.fileExists(atPath: path))
    try SafetensorsFile.write([("x", Self.one)], to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let exists = #expect(throws: ProgramError.self) {
      try SafetensorsFile.write([("x", Self.one)], to: path, overwrite: false)
    }
    #expect(exists?.code == .cannotCreate)
  }

  private static let one = TensorData(shape: [1], floats: [1])
}
