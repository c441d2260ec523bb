import Compute
import TensorFiles
import TestSupport
import Testing

@testable import Avatar

/// Tables of an avatar's file that are not what they should be: the error names file and tensor.
@Suite struct SurfaceTableTests {
  private static let uv = TensorData(shape: [3, 2], floats: [0, 0, 1, 0, 0, 1])
  private static let faces = TensorData(shape: [1, 3], int32s: [0, 1, 2])
  private static let vertices = TensorData(shape: [3], int32s: [0, 1, 2])

  private static func error(
    uv: TensorData = uv, faces: TensorData = faces, vertices: TensorData = vertices
  ) throws -> ProgramError? {
    var result: ProgramError?
    try AvatarFileTests.withScratch { path in
      let names = SurfaceTable.names
      try SafetensorsFile.write(
        [(names.coordinates, uv), (names.faces, faces), (names.vertices, vertices)], to: path)
      do {
        _ = try SurfaceTable(names, in: SafetensorsFile(path: path))
      } catch { result = error as? ProgramError }
      #expect(result == nil || result?.file == path)
    }
    return result
  }

  @Test func shapes() throws {
    #expect(try Self.error() == nil)
    let flat = try Self.error(faces: TensorData(shape: [3], int32s: [0, 1, 2]))
    #expect(flat?.key == SurfaceTable.names.faces && flat?.expected == "(faces, 3)")
    let square = try Self.error(vertices: TensorData(shape: [3, 1], int32s: [0, 1, 2]))
    #expect(square?.key == SurfaceTable.names.vertices)
    let many = try Self.error(vertices: TensorData(shape: [4], int32s: [0, 1, 2, 3]))
    #expect(many?.key == SurfaceTable.names.vertices)
    let scalar = try Self.error(uv: TensorData(shape: [6], floats: [0, 0, 1, 0, 0, 1]))
    #expect(scalar?.key == SurfaceTable.names.coordinates)
  }

  @Test func types() throws {
    let floats = TensorData(shape: [1, 3], floats: [0, 1, 2])
    #expect(try Self.error(faces: floats)?.key == SurfaceTable.names.faces)
    let rows = TensorData(shape: [3], floats: [0, 1, 2])
    #expect(try Self.error(vertices: rows)?.key == SurfaceTable.names.vertices)
    let outside = TensorData(shape: [1, 3], int32s: [0, 1, 3])
    #expect(try Self.error(faces: outside)?.expected == "0 to 2")
  }
}
