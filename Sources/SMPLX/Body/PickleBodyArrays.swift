// A body file that is a Python pickle, as older SMPL-X downloads are: arrays, chumpy arrays, and a
// sparse joint regressor.

import Compute
import TensorFiles

struct PickleBodyArrays: BodyFileArrays {
  let path: String
  private let value: PickleValue

  init(_ value: PickleValue, path: String) throws {
    self.path = path
    self.value = value
    guard case .dict = value else {
      throw ProgramError(
        .dataError, "not a body model", expected: "a dictionary of arrays", found: "another pickle")
    }
  }

  func contains(_ name: String) -> Bool { value[name] != nil }

  func shape(_ name: String) throws -> [Int] {
    if case .sparse(let matrix)? = value[name] { return [matrix.rowCount, matrix.columnCount] }
    return try tensor(name).shape
  }

  func tensor(_ name: String) throws -> TensorData {
    guard let tensor = try value[name]?.tensor() else {
      throw ProgramError(
        .dataError, "the body file lacks an array", key: name, expected: "an array",
        found: value[name] == nil ? "nothing" : "something else")
    }
    return tensor
  }

  func stream(
    _ name: String, group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try streamWhole(name, group: group, body)
  }
}
