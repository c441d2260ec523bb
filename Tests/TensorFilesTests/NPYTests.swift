import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite struct NPYTests {
  /// A file as NumPy writes it: magic, version, length, header padded by spaces, data.
  static func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8) + [10]
    let length: [UInt8] =
      version == 1
      ? [UInt8(text.count & 255), UInt8(text.count >> 8)]
      : (0..<4).map { UInt8(text.count >> (8 * $0) & 255) }
    return NPYHeader.magic + [version, 0] + length + text + data
  }

  static func file(
    _ type: String, _ shape: String, fortran: Bool = false, _ data: [UInt8], version: UInt8 = 1
  ) -> [UInt8] {
    file(
      "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }",
      data, version: version)
  }

  static func error(_ bytes: [UInt8]) -> String? {
    do {
      _ = try NPY.read(bytes: bytes)
      return nil
    } catch {
      return error is ProgramError ? "\(error)" : "not a ProgramError: \(error)"
    }
  }

  /// Types of every width and kind.
  static let types: [ScalarType] = [
    .bool, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64, .float16, .float32,
    .float64, .complex64, .complex128, .unicode(1), .unicode(13), .bytes(1), .bytes(17),
  ]
  static let shapes: [[Int]] = [
    [], [0], [1], [3], [13], [127], [1, 1], [3, 5], [5, 0, 2], [15, 17], [2, 3, 4], [1, 7, 1, 2],
  ]

  /// Bytes that tell every position apart; for bool 0 and 1.
  static func content(_ type: ScalarType, _ count: Int) -> [UInt8] {
    (0..<count * type.size).map {
      type == .bool ? UInt8($0 & 1) : UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8)
    }
  }

  @Test(arguments: types) func roundTrip(type: ScalarType) throws {
    let path = NPZTests.scratch("a.npy")
    defer { try? FileManager.default.removeItem(atPath: path) }
    for shape in Self.shapes {
      let bytes = Self.content(type, shape.reduce(1, *))
      try NPY.write(TensorData(scalarType: type, shape: shape, bytes: bytes), to: path)
      for read in [
        try NPY.read(path: path),
        try NPY.read(bytes: [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))),
      ] {
        #expect(read.scalarType == type && read.shape == shape)
        #expect(read.withUnsafeBytes { [UInt8]($0) } == bytes, "\(type) \(shape)")
      }
      let raw = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect((raw.count - bytes.count) % 64 == 0, "data begins at a multiple of 64 bytes")
    }
  }

  /// Every type and shape in Fortran order and in both byte orders, against the definition.
  @Test(arguments: types) func ordersAgree(type: ScalarType) throws {
    let names: [ScalarType: String] = [
      .bool: "b1", .int8: "i1", .uint8: "u1", .int16: "i2", .uint16: "u2", .int32: "i4",
      .uint32: "u4", .int64: "i8", .uint64: "u8", .float16: "f2", .float32: "f4", .float64: "f8",
      .complex64: "c8", .complex128: "c16", .unicode(1): "U1", .unicode(13): "U13",
      .bytes(1): "S1", .bytes(17): "S17",
    ]
    let name = try #require(names[type])
    for shape in Self.shapes {
      let count = shape.reduce(1, *)
      let plain = Self.content(type, count)
      let size = type.size
      // Element k of C order lies where its index counts from the left.
      var fortran = [UInt8](repeating: 0, count: plain.count)
      for position in 0..<count {
        var rest = position
        var index = [Int](repeating: 0, count: shape.count)
        for axis in shape.indices.reversed() {
          index[axis] = rest % shape[axis]
          rest /= shape[axis]
        }
        var target = 0
        for axis in shape.indices.reversed() { target = target * shape[axis] + index[axis] }
        for byte in 0..<size { fortran[target * size + byte] = plain[position * size + byte] }
      }
      let unit = type.swapUnit
      func swapped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.indices.map { bytes[$0 / unit * unit + unit - 1 - $0 % unit] }
      }
      let text =
        shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
      for (isFortran, order, data) in [
        (false, "<", plain), (false, ">", swapped(plain)), (true, "<", fortran),
        (true, ">", swapped(fortran)),
      ] {
        let bytes = Self.file(order + name, text, fortran: isFortran, data)
        let read = try NPY.read(bytes: bytes)
        #expect(read.scalarType == type && read.shape == shape)
        #expect(
          read.withUnsafeBytes { [UInt8]($0) } == plain, "\(type) \(shape) \(order) \(isFortran)")
      }
    }
  }

  @Test func headersOfOtherWriters() throws {
    let data: [UInt8] = [1, 0, 2, 0, 3, 0]
    for header in [
      "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }",
      "{\"descr\": \"<i2\", \"fortran_order\": False, \"shape\": (3,)}",
      // Python 2 wrote long integers; some writers other orders and no spaces.
      "{'descr': '<i2', 'fortran_order': False, 'shape': (3L,), }",
      "{'shape':(3,),'fortran_order':False,'descr':'<i2'}      ",
    ] {
      for version in [1, 2, 3] as [UInt8] {
        let read = try NPY.read(bytes: Self.file(header, data, version: version))
        #expect(try read.ints() == [1, 2, 3], "\(header) \(version)")
      }
    }
  }

  @Test func conversions() throws {
    func tensor(_ type: ScalarType, _ bytes: [UInt8]) -> TensorData {
      TensorData(scalarType: type, shape: [bytes.count / type.size], bytes: bytes)
    }
    let half = tensor(.float16, [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c, 0, 0x80, 0xff, 0x7b])
    #expect(try half.floats() == [1, -2, 0x1p-24, .infinity, 0, 65504])
    #expect(try half.floats()[4].sign == .minus)
    let brain = tensor(.bfloat16, [0x80, 0x3f, 0x20, 0xc1])
    #expect(try brain.floats() == [1, -10])
    #expect(try tensor(.int8, [255, 1]).ints() == [-1, 1])
    #expect(try tensor(.uint8, [255, 1]).doubles() == [255, 1])
    #expect(try tensor(.uint16, [255, 255]).int32s() == [65535])
    #expect(try tensor(.bool, [0, 1, 2]).ints() == [0, 1, 1])
    let big = tensor(.uint64, [UInt8](repeating: 255, count: 8))
    #expect(throws: ProgramError.self) { try big.ints() }
    #expect(try big.doubles() == [0x1p64])
    #expect(throws: ProgramError.self) { try tensor(.int64, [0, 0, 0, 0, 1, 0, 0, 0]).int32s() }
    #expect(throws: ProgramError.self) { try tensor(.complex64, [UInt8](0..<8)).floats() }
    #expect(throws: ProgramError.self) { try tensor(.float32, [0, 0, 0, 0]).ints() }
    #expect(throws: ProgramError.self) { try tensor(.float32, [0, 0, 0, 0]).strings() }
    #expect(throws: ProgramError.self) { try tensor(.int16, [0, 0]).bytes() }
    // Text: trailing zeros are padding, others are not; what is no character is marked.
    let text = tensor(
      .unicode(3),
      [97, 0, 0, 0, 0x16, 4, 0, 0, 0, 0, 0, 0, 0, 0xd8, 0, 0] + [UInt8](repeating: 0, count: 8))
    #expect(try text.strings() == ["a\u{416}", "\u{fffd}"])
    #expect(try tensor(.bytes(4), Array("ab\0\0a\0b\0".utf8)).strings() == ["ab", "a\0b"])
    #expect(throws: ProgramError.self) { try text.floats() }
  }

  @Test func truncatedAtEveryByte() throws {
    let path = NPZTests.scratch("cut.npy")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = try NPY.encode(TensorData(shape: [3, 5], floats: (0..<15).map(Float.init)))
    for count in 0..<whole.count {
      #expect(throws: ProgramError.self, "\(count)") { try NPY.read(bytes: Array(whole[..<count])) }
      try Data(whole[..<count]).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ProgramError.self, "\(count)") { try NPY.read(path: path) }
      #expect(error?.file == path)
    }
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 3, }",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{'descr': '<f4', 'shape': (1,), }",
    "{'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<U0', 'fortran_order': False, 'shape': (1099511627776,), }",
    "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<U4611686018427387904', 'fortran_order': False, 'shape': (4,), }",
    "{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f-4', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }",
    "{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }",
    "{", "}", "", "[]", "{'descr", "import os",
  ])
  func badHeaders(header: String) {
    for version in [1, 2] as [UInt8] {
      let text = Self.error(Self.file(header, [UInt8](repeating: 0, count: 64), version: version))
      #expect(text != nil && text?.hasPrefix("not a") == false, "\(text ?? "no error")")
    }
  }

  @Test func manyAxes() {
    let shape = "(" + String(repeating: "1, ", count: 5000) + ")"
    #expect(Self.error(Self.file("<f4", shape, [0, 0, 0, 0])) != nil)
    #expect(Self.error(NPYHeader.magic + [2, 0, 255, 255, 255, 127]) != nil)
    #expect(Self.error(NPYHeader.magic + [9, 0, 0, 0]) != nil)
  }

  @Test func errorsSayWhatToDo() throws {
    let objects = try #require(Self.error(Self.file("|O", "(1,)", [0x80, 2])))
    #expect(objects.contains("|O") && objects.contains("hint:"), "\(objects)")
    let short = try #require(Self.error(Self.file("<f4", "(2,)", [0, 0, 0, 0])))
    #expect(short.contains("8 bytes") && short.contains("found 4"), "\(short)")
    let text = try #require(Self.error(Array("P6\n12 12\n255\n".utf8)))
    #expect(text.contains("a NumPy array (.npy)") && text.contains("a text file"), "\(text)")
    #expect(throws: ProgramError.self) {
      try NPY.encode(TensorData(scalarType: .bfloat16, shape: [1], bytes: [0, 0]))
    }
  }

  @Test func placesThatAreNoFiles() throws {
    let folder = NPZTests.scratch("folder")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: ProgramError.self) { try NPY.read(path: folder) }
    #expect(throws: ProgramError.self) { try NPY.read(path: folder + "/missing.npy") }
    // A named pipe must not be waited for.
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    #expect(throws: ProgramError.self) { try NPY.read(path: folder + "/pipe") }
    let tensor = TensorData(shape: [1], floats: [1])
    #expect(throws: ProgramError.self) { try NPY.write(tensor, to: folder + "/no/such/a.npy") }
    // Nothing half-written stays where the target cannot be replaced.
    #expect(throws: ProgramError.self) { try NPY.write(tensor, to: folder) }
    let left = try FileManager.default.contentsOfDirectory(
      atPath: (folder as NSString).deletingLastPathComponent)
    #expect(!left.contains { $0.hasPrefix((folder as NSString).lastPathComponent + ".") })
  }
}
