import Compute
import Foundation
import TensorFiles
import Testing

@Suite struct SafetensorsTests {
  @Test func roundTrip() throws {
    let path = NPZTests.scratch("a.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let tensors: [(String, TensorData)] = [
      ("b", TensorData(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])),
      ("a/x", TensorData(shape: [], int32s: [7])),
      ("empty", TensorData(shape: [0, 4], doubles: [])),
      ("bytes", TensorData(shape: [5], bytes: [1, 2, 3, 254, 255])),
    ]
    try SafetensorsFile.write(tensors, metadata: ["k": "v \"quoted\" ä"], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["k": "v \"quoted\" ä"])
    #expect(file.names == ["a/x", "b", "bytes", "empty"])
    for (name, tensor) in tensors {
      let read = try file.tensor(name)
      #expect(read.shape == tensor.shape && read.scalarType == tensor.scalarType)
      #expect(try read.doubles() == tensor.doubles())
    }
    #expect(throws: ProgramError.self) { try file.tensor("none") }
  }

  @Test(arguments: [
    "", "x", "[1]", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8000]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"Q9\",\"shape\":[1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
      + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
    "{\"__metadata__\":{\"n\":3}}", "{\"a\":7}",
  ])
  func damagedHeaders(_ header: String) throws {
    let path = NPZTests.scratch("b.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    var data = Data(withUnsafeBytes(of: UInt64(header.utf8.count)) { [UInt8]($0) })
    data += Data(header.utf8) + Data(repeating: 0, count: 8)
    try data.write(to: URL(fileURLWithPath: path))
    #expect {
      try SafetensorsFile(path: path)
    } throws: { ($0 as? ProgramError)?.file == path }
  }

  /// What the format forbids although every tensor could be read.
  @Test(arguments: [
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      "a", "twice"
    ),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"shape\":[1]},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      "a.shape", "twice"
    ),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "a", "belong to none"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", nil, "belong to none"),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      "b", "overlaps"
    ),
    (
      "{\"__metadata__\":{\"good\":\"x\",\"bad\":3},"
        + "\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
      "__metadata__.bad", "not a text"
    ),
  ])
  func forbiddenHeaders(_ header: String, key: String?, says: String) throws {
    let path = NPZTests.scratch("d.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    var data = Data(withUnsafeBytes(of: UInt64(header.utf8.count)) { [UInt8]($0) })
    data += Data(header.utf8) + Data(repeating: 0, count: 8)
    try data.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: ProgramError.self) { try SafetensorsFile(path: path) }
    #expect(error?.code == .dataError && error?.file == path && error?.key == key)
    #expect(error?.what.contains(says) == true, "\(error.debugDescription)")
  }

  @Test func namesThatAreNotUTF8() throws {
    let path = NPZTests.scratch("e.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let header =
      Data("{\"caf".utf8) + Data([0xe9])
      + Data("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}".utf8)
    let data = Data(withUnsafeBytes(of: UInt64(header.count)) { [UInt8]($0) }) + header
    try data.write(to: URL(fileURLWithPath: path))
    #expect {
      try SafetensorsFile(path: path)
    } throws: { "\($0)".contains("UTF-8") }
  }

  @Test func everyTruncationIsAnError() throws {
    let path = NPZTests.scratch("c.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsFile.write([("x", TensorData(shape: [3], floats: [1, 2, 3]))], to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for count in 0..<bytes.count {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      #expect(throws: ProgramError.self, "\(count) bytes") { try SafetensorsFile(path: path) }
    }
  }
}
