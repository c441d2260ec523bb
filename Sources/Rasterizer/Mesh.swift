import Compute

/// The connectivity of a mesh, prepared once: corners in structure-of-arrays form, padded to
/// sixteen, with separate texture-coordinate corners.
public final class Mesh: Sendable {
  public let vertexCount: Int
  public let triangleCount: Int
  /// (T, 3) vertex numbers.
  public let triangles: [UInt32]
  /// (U, 2) texture coordinates as the file has them, or empty.
  public let uv: [Float]
  /// (T, 3) rows of `uv`, or empty.
  public let uvTriangles: [UInt32]
  /// Part number of every triangle (the lowest of its corners'), or empty.
  public let triangleParts: [UInt8]

  /// Corner k of triangle t at [k * paddedCount + t]; padding repeats triangle 0.
  let corners: CornerTable
  let uvCorners: CornerTable?

  /// - Parameters:
  ///   - triangles: (T, 3) vertex numbers, counter-clockwise seen from outside.
  ///   - uv: (U, 2); `uvTriangles`: (T, 3) rows of it. Both or neither.
  ///   - vertexParts: part number of every vertex.
  /// - Throws: `ProgramError` when a number is out of range or counts do not fit, or there are more than
  ///   2^24 triangles, vertices or texture coordinates.
  public init(
    vertexCount: Int, triangles: [UInt32], uv: [Float] = [], uvTriangles: [UInt32] = [],
    vertexParts: [UInt8] = []
  ) throws {
    func check(_ indices: [UInt32], below limit: Int, _ key: String) throws {
      guard indices.count % 3 == 0 else {
        throw ProgramError(
          .dataError, "triangles need three corners each", key: key, found: "\(indices.count)")
      }
      if let bad = indices.first(where: { Int($0) >= limit }) {
        throw ProgramError(
          .dataError, "a triangle names a vertex that does not exist", key: key,
          expected: "0 to \(limit - 1)", found: "\(bad)")
      }
    }
    for (key, count) in [
      ("vertices", vertexCount), ("triangles", triangles.count / 3), ("uv", uv.count / 2),
    ] where count > RasterConstants.mostTriangles {
      throw ProgramError(
        .dataError, "the mesh is too large to be drawn", key: key,
        expected: "at most \(RasterConstants.mostTriangles)", found: "\(count)")
    }
    try check(triangles, below: vertexCount, "triangles")
    guard uvTriangles.isEmpty || uvTriangles.count == triangles.count else {
      throw ProgramError(
        .dataError, "texture triangles do not fit the triangles", key: "uvTriangles",
        expected: "\(triangles.count / 3)", found: "\(uvTriangles.count / 3)")
    }
    try check(uvTriangles, below: uv.count / 2, "uvTriangles")
    guard vertexParts.isEmpty || vertexParts.count == vertexCount else {
      throw ProgramError(
        .dataError, "part numbers do not fit the vertices", key: "parts",
        expected: "\(vertexCount)", found: "\(vertexParts.count)")
    }
    self.vertexCount = vertexCount
    self.triangles = triangles
    self.uv = uv
    self.uvTriangles = uvTriangles
    triangleCount = triangles.count / 3
    triangleParts =
      vertexParts.isEmpty
      ? []
      : (0..<triangles.count / 3).map { t in
        (0..<3).map { vertexParts[Int(triangles[3 * t + $0])] }.min() ?? 0
      }
    corners = CornerTable(triangles)
    uvCorners = uvTriangles.isEmpty ? nil : CornerTable(uvTriangles)
  }
}

/// Corner numbers in three planes, padded to a multiple of sixteen.
final class CornerTable: @unchecked Sendable {
  // Sendable: written only by `init`.
  let planes: AlignedBuffer<Int32>
  let paddedCount: Int

  init(_ triangles: [UInt32]) {
    let count = triangles.count / 3
    paddedCount = (count + 15) & ~15
    planes = AlignedBuffer(count: 3 * paddedCount, filledWith: 0)
    for t in 0..<count {
      for k in 0..<3 {
        planes[k * paddedCount + t] = Int32(truncatingIfNeeded: triangles[3 * t + k])
      }
    }
  }
}
