import Compute
import Foundation
import Testing

@testable import TensorFiles

/// What is written is read back as it was, by a reader that follows numpy's own pickles.
@Suite struct PickleWriterTests {
  @Test func plainValues() throws {
    let value = PickleValue.dict([
      (.string("none"), .none), (.string("yes"), .bool(true)), (.string("no"), .bool(false)),
      (
        .string("ints"),
        .list([.int(0), .int(-1), .int(Int(Int32.max) + 1), .int(.min), .int(.max)])
      ),
      (.string("big"), .bigInteger("123456789012345678901234567890")),
      (.string("float"), .float(-0.1)), (.string("text ü"), .string("ä\n\"")),
      (.int(7), .bytes([0, 255, 10])), (.string("tuple"), .tuple([.int(1), .tuple([])])),
      (.string("set"), .set([.int(3)])), (.string("empty"), .dict([])),
    ])
    let read = try Pickle.read(bytes: Pickle.encode(value))
    #expect("\(read)" == "\(value)")
  }

  @Test func arraysOfEveryType() throws {
    let types: [ScalarType] = [
      .bool, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64, .float16, .float32,
      .float64, .complex64, .complex128, .unicode(3), .bytes(5),
    ]
    for type in types {
      for shape in [[], [0], [3], [2, 1, 2]] {
        let count = shape.reduce(type.size, *)
        let bytes = (0..<count).map { type == .bool ? UInt8($0 % 2) : UInt8($0 % 4 == 0 ? 65 : 0) }
        let array = TensorData(scalarType: type, shape: shape, bytes: bytes)
        let encoded = try Pickle.encode(.list([.tensor(array), .tensor(array)]))
        let read = try Pickle.read(bytes: encoded)
        for index in 0..<2 {
          let tensor = try #require(try read[index]?.tensor())
          #expect(tensor.shape == shape && tensor.scalarType == type, "\(type) \(shape)")
          #expect(tensor.withUnsafeBytes { Array($0) } == bytes, "\(type) \(shape)")
        }
      }
    }
  }

  @Test func refused() {
    let array = TensorData(scalarType: .bfloat16, shape: [1], bytes: [0, 0])
    #expect(throws: ProgramError.self) { try Pickle.encode(.tensor(array)) }
  }

  @Test func filesAreNotReplaced() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pkl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Pickle.write(.int(1), to: path)
    #expect(throws: ProgramError.self) { try Pickle.write(.int(2), to: path) }
    #expect(try Pickle.read(path: path).integer == 1)
    try Pickle.write(.int(2), to: path, overwrite: true)
    #expect(try Pickle.read(path: path).integer == 2)
  }
}
