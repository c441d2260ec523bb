import Compute
import SMPLX
import TensorFiles

/// Where each triangle of a body lies in a texture.
public struct TextureAtlas: Sendable, Equatable {
  /// (T, 2) u to the right, v upwards, 0 to 1.
  public let coordinates: [Float]
  /// (F, 3) rows of `coordinates`, in the order of the body's triangles.
  public let faces: [UInt32]

  /// The body's own.
  ///
  /// - Throws: `dataError` for a body without texture coordinates.
  public init(of model: BodyModel) throws {
    guard let uv = model.uv, let uvFaces = model.uvFaces else {
      throw ProgramError(
        .dataError, "the body has no texture coordinates", file: model.path, key: "vt",
        hint: "take a body model file with vt and ft")
    }
    (coordinates, faces) = (uv, uvFaces)
  }

  /// Another one of the same triangles.
  ///
  /// - Parameter path: an .npz file with `vt` (T, 2) and `ft` (F, 3), in the order of the body's `f`.
  /// - Throws: `dataError` for coordinates of another mesh.
  public init(path: String, for model: BodyModel) throws {
    let arrays = try NPZFile(path: path)
    func located<Value>(_ key: String, _ body: (TensorData) throws -> Value) throws -> Value {
      try ProgramError.locating(file: path, key: key) { try body(try arrays.tensor(key)) }
    }
    coordinates = try located("vt") { array in
      guard array.shape.count == 2, array.shape[1] == 2 else {
        throw ProgramError(
          .dataError, "has another shape", expected: "T x 2", found: "\(array.shape)")
      }
      let values = try array.floats()
      guard values.allSatisfy({ $0 >= -1 && $0 <= 2 }) else {
        throw ProgramError(
          .dataError, "is no list of texture coordinates", expected: "numbers of 0 to 1")
      }
      return values
    }
    let (rows, count) = (coordinates.count / 2, model.faces.count / 3)
    faces = try located("ft") { array in
      guard array.shape == [count, 3] else {
        throw ProgramError(
          .dataError, "is of another mesh", expected: "\(count) x 3, as the body's triangles",
          found: "\(array.shape)")
      }
      return try array.ints().map { row in
        guard row >= 0, row < rows else {
          throw ProgramError(
            .dataError, "names a row that there is not", expected: "0 to \(rows - 1)",
            found: "\(row)")
        }
        return UInt32(row)
      }
    }
  }
}
