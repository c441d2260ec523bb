// Vertices, surface points and contours that stand for landmarks.

import TensorFiles

extension BodyModelLoader {
  func vertexJoints(_ vertexCount: Int) throws -> [Int] {
    let standard = BodyModel.standardVertexJointIDs
    if arrays.contains("vertex_joint_ids") {
      return try arrays.indices("vertex_joint_ids", shape: [standard.count], below: vertexCount)
    }
    return standard.allSatisfy { $0 < vertexCount } ? standard : []
  }

  func landmarks(_ faces: [Int]) throws -> [BodyModel.SurfacePoint] {
    guard arrays.contains("lmk_faces_idx"), arrays.contains("lmk_bary_coords") else { return [] }
    let triangles = try arrays.indices("lmk_faces_idx", shape: [nil], below: faces.count / 3)
    let weights = try arrays.floats(
      "lmk_bary_coords", shape: [triangles.count, 3], within: BodyLimits.weight)
    return points(triangles, weights, faces)
  }

  /// 79 rows: neck angles of 0 to 39 degrees, then -1 to -39.
  func contour(_ faces: [Int]) throws -> [[BodyModel.SurfacePoint]] {
    guard arrays.contains("dynamic_lmk_faces_idx"), arrays.contains("dynamic_lmk_bary_coords")
    else { return [] }
    let rows = ContourRow.count
    let triangles = try arrays.indices(
      "dynamic_lmk_faces_idx", shape: [rows, nil], below: faces.count / 3)
    let width = triangles.count / rows
    let weights = try arrays.floats(
      "dynamic_lmk_bary_coords", shape: [rows, width, 3], within: BodyLimits.weight)
    let all = points(triangles, weights, faces)
    return (0..<rows).map { Array(all[($0 * width)..<(($0 + 1) * width)]) }
  }

  private func points(
    _ triangles: [Int], _ weights: [Float], _ faces: [Int]
  ) -> [BodyModel.SurfacePoint] {
    triangles.enumerated().map { index, triangle in
      BodyModel.SurfacePoint(
        vertices: SIMD3(
          UInt32(faces[triangle * 3]), UInt32(faces[triangle * 3 + 1]),
          UInt32(faces[triangle * 3 + 2])),
        weights: SIMD3(weights[index * 3], weights[index * 3 + 1], weights[index * 3 + 2]))
    }
  }
}
