import Compute
import SMPLX
import TensorFiles

/// How DINAR lays a texture over a body: rows of texture coordinates, the body's vertex of each, and
/// faces of rows.
///
/// Matches: DINAR's `uv.npy`, `uv_faces.npy`, `v_inds.npy`. A row is a distinct pair of vertex and
/// texture coordinate; the second coordinate grows down the texture.
public struct SurfaceTable: Sendable, Equatable {
  /// (rows, 2), u then v, in [0, 1].
  public var coordinates: [Float]
  /// (F, 3) rows.
  public var faces: [UInt32]
  /// (rows) vertices of the body.
  public var vertices: [UInt32]

  public var rowCount: Int { vertices.count }

  /// The coordinates with V up the texture, as meshes of this program have them.
  var upwardCoordinates: [Float] {
    coordinates.enumerated().map { $0.offset % 2 == 0 ? $0.element : 1 - $0.element }
  }

  init(coordinates: [Float], faces: [UInt32], vertices: [UInt32]) {
    self.coordinates = coordinates
    self.faces = faces
    self.vertices = vertices
  }

  /// Reads `uv.npy`, `uv_faces.npy` and `v_inds.npy` of a folder.
  public init(folder: String) throws {
    func array(_ name: String, width: Int) throws -> TensorData {
      let path = "\(folder)/\(name).npy"
      let array = try NPY.read(path: path)
      let expected = width == 1 ? "(rows)" : "(n, \(width))"
      guard array.shape.count == (width == 1 ? 1 : 2), width == 1 || array.shape[1] == width,
        array.count > 0
      else {
        throw ProgramError(
          .dataError, "the table has another shape", file: path, expected: expected,
          found: "\(array.shape)")
      }
      return array
    }
    let uv = try array("uv", width: 2)
    let path = "\(folder)/v_inds.npy"
    let inds = try array("v_inds", width: 1)
    guard inds.count == uv.shape[0] else {
      throw ProgramError(
        .dataError, "the tables do not belong to each other", file: path,
        expected: "\(uv.shape[0]) vertices, as uv.npy has rows", found: "\(inds.count)")
    }
    coordinates = try ProgramError.locating(file: "\(folder)/uv.npy") { try uv.floats() }
    vertices = try Self.indices(of: inds, below: Int(UInt32.max), file: path, key: nil)
    faces = try Self.indices(
      of: array("uv_faces", width: 3), below: uv.shape[0], file: "\(folder)/uv_faces.npy", key: nil)
  }

  /// The table that a body's own texture coordinates give: pairs sorted by vertex, then by coordinate.
  ///
  /// - Throws: when the body has no texture coordinates.
  public init(body: BodyModel) throws {
    guard let uv = body.uv, let uvFaces = body.uvFaces else {
      throw ProgramError(
        .dataError, "the body has no texture coordinates", file: body.path, key: "vt, ft",
        hint: "name the folder of DINAR's uv.npy, uv_faces.npy and v_inds.npy with `tables`")
    }
    var pairs = Set<UInt64>()
    for (vertex, coordinate) in zip(body.faces, uvFaces) {
      pairs.insert(UInt64(vertex) << 32 | UInt64(coordinate))
    }
    let rows = pairs.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, UInt32($0)) })
    vertices = rows.map { UInt32($0 >> 32) }
    // V of the body files points up the texture.
    coordinates = rows.flatMap { row in
      let coordinate = Int(row & 0xffff_ffff)
      return [uv[2 * coordinate], 1 - uv[2 * coordinate + 1]]
    }
    faces = zip(body.faces, uvFaces).map { vertex, coordinate in
      numbers[UInt64(vertex) << 32 | UInt64(coordinate)] ?? 0
    }
  }

  /// The table that a checkpoint's rasterizer holds; it lacks the vertices, which follow from the
  /// body's faces. Nil if the checkpoint has none.
  public init?(checkpoint: TorchCheckpoint, prefix: String, body: BodyModel) throws {
    let names = (faces: "\(prefix)faces", values: "\(prefix)vertice_values")
    guard checkpoint.contains(names.faces), checkpoint.contains(names.values) else { return nil }
    let values = try checkpoint.tensor(named: names.values)
    let corners = try checkpoint.tensor(named: names.faces)
    guard values.shape.last == 2, corners.shape.last == 3, values.shape.reduce(1, *) > 0 else {
      throw ProgramError(
        .dataError, "the rasterizer's tables have another shape", file: checkpoint.path,
        key: prefix, expected: "faces (F, 3) and values (rows, 2)",
        found: "\(corners.shape) and \(values.shape)")
    }
    coordinates = try ProgramError.locating(file: checkpoint.path, key: names.values) {
      try values.data().floats()
    }
    let rows = coordinates.count / 2
    faces = try Self.indices(
      of: corners.data(), below: rows, file: checkpoint.path, key: names.faces)
    guard faces.count == body.faces.count else {
      throw Self.otherBody(
        body, file: checkpoint.path, key: names.faces, expected: "\(body.faces.count / 3) faces",
        found: "\(faces.count / 3)")
    }
    var vertices = [UInt32](repeating: .max, count: rows)
    for (row, vertex) in zip(faces, body.faces) { vertices[Int(row)] = vertex }
    self.vertices = vertices.map { $0 == .max ? 0 : $0 }
    try check(body, file: checkpoint.path)
  }

  private static func indices(
    of table: TensorData, below limit: Int, file: String?, key: String?
  ) throws -> [UInt32] {
    let values = try ProgramError.locating(file: file, key: key) { try table.ints() }
    if let bad = values.first(where: { $0 < 0 || $0 >= limit }) {
      throw ProgramError(
        .dataError, "an entry is outside the table", file: file, key: key,
        expected: "0 to \(limit - 1)", found: "\(bad)")
    }
    return values.map { UInt32($0) }
  }

  /// Throws unless every face of rows lies on the same face of the body.
  package func check(_ body: BodyModel, file: String?) throws {
    if let bad = vertices.first(where: { Int($0) >= body.vertexCount }) {
      throw Self.otherBody(
        body, file: file, key: "v_inds", expected: "vertices below \(body.vertexCount)",
        found: "\(bad)")
    }
    guard faces.count == body.faces.count else {
      throw Self.otherBody(
        body, file: file, key: "uv_faces", expected: "\(body.faces.count / 3) faces",
        found: "\(faces.count / 3)")
    }
    for corner in faces.indices where vertices[Int(faces[corner])] != body.faces[corner] {
      throw Self.otherBody(
        body, file: file, key: "uv_faces, face \(corner / 3)",
        expected: "vertex \(body.faces[corner])",
        found: "row \(faces[corner]), vertex \(vertices[Int(faces[corner])])")
    }
    if let bad = coordinates.first(where: { !(-0.001...1.001).contains($0) }) {
      throw ProgramError(
        .dataError, "a texture coordinate is outside the texture", file: file, key: "uv",
        expected: "0 to 1", found: "\(bad)")
    }
  }

  private static func otherBody(
    _ body: BodyModel, file: String?, key: String, expected: String, found: String
  ) -> ProgramError {
    ProgramError(
      .dataError, "the uv tables belong to another body than \(body.path)", file: file, key: key,
      expected: expected, found: found,
      hint: "`body` names the SMPL-X model that the avatar was made with")
  }

  /// Throws if another table would draw other coordinates on the same faces.
  package func checkAgrees(with other: SurfaceTable, file: String) throws {
    guard faces.count == other.faces.count else { return }
    for corner in faces.indices {
      for axis in 0..<2 {
        let mine = coordinates[2 * Int(faces[corner]) + axis]
        let theirs = other.coordinates[2 * Int(other.faces[corner]) + axis]
        guard abs(mine - theirs) < 1e-4 else {
          throw ProgramError(
            .dataError, "the uv tables are not those of the checkpoint", file: file,
            key: "face \(corner / 3)", expected: "\(axis == 0 ? "u" : "v") = \(theirs)",
            found: "\(mine)")
        }
      }
    }
  }

  // MARK: in an avatar file

  static let names = AvatarDescription.Surface(
    coordinates: "surface.coordinates", faces: "surface.faces", vertices: "surface.vertices")

  /// Tensors for an avatar file, under `names`.
  var tensors: [(String, TensorData)] {
    [
      (
        Self.names.coordinates,
        TensorData(shape: [rowCount, 2], floats: coordinates)
      ),
      (
        Self.names.faces,
        TensorData(shape: [faces.count / 3, 3], int32s: faces.map { Int32(bitPattern: $0) })
      ),
      (
        Self.names.vertices,
        TensorData(shape: [rowCount], int32s: vertices.map { Int32(bitPattern: $0) })
      ),
    ]
  }

  /// Reads the table of an avatar file.
  init(_ names: AvatarDescription.Surface, in file: SafetensorsFile) throws {
    let uv = try file.tensor(names.coordinates)
    let rows = uv.shape.first ?? 0
    guard uv.shape == [rows, 2], rows > 0 else {
      throw ProgramError(
        .dataError, "the table has another shape", file: file.path, key: names.coordinates,
        expected: "(rows, 2)", found: "\(uv.shape)")
    }
    coordinates = try ProgramError.locating(file: file.path, key: names.coordinates) {
      try uv.floats()
    }
    let corners = try file.tensor(names.faces)
    guard corners.shape.count == 2, corners.shape[1] == 3 else {
      throw ProgramError(
        .dataError, "the table has another shape", file: file.path, key: names.faces,
        expected: "(faces, 3)", found: "\(corners.shape)")
    }
    let vertexOfRow = try file.tensor(names.vertices)
    guard vertexOfRow.shape == [rows] else {
      throw ProgramError(
        .dataError, "the surface's tables do not belong to each other", file: file.path,
        key: names.vertices, expected: "(\(rows)), a vertex for each row of coordinates",
        found: "\(vertexOfRow.shape)")
    }
    vertices = try Self.indices(
      of: vertexOfRow, below: Int(UInt32.max), file: file.path, key: names.vertices)
    faces = try Self.indices(of: corners, below: rows, file: file.path, key: names.faces)
  }
}
