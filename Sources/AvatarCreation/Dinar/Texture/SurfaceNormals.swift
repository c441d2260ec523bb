import Compute

/// The normals of a body's uv rows, as DINAR makes them for the angle under which a photo shows a texel.
///
/// Matches: DINAR's normals, in float32 and in its order of sums: each face adds to its corners in turn,
/// rows on both sides of a seam stay apart, normals point inwards, so that those that face the camera
/// have a positive z.
enum SurfaceNormals {
  /// - Parameters:
  ///   - vertices: (rows, 3) homogeneous pixel coordinates.
  ///   - calibration: 3 x 3, row by row.
  ///   - faces: (F, 3) rows.
  /// - Returns: (rows, 3) unit vectors in the camera's axes; not numbers for rows that no face has.
  static func normals(
    of vertices: [Float], calibration: [Float], faces: [UInt32]
  ) -> [Float] {
    let points = positions(of: vertices, calibration: calibration)
    var sums = [SIMD3<Float>](repeating: .zero, count: points.count)
    for corner in 0..<3 {
      for face in stride(from: 0, to: faces.count, by: 3) {
        func point(_ k: Int) -> SIMD3<Float> { points[Int(faces[face + k % 3])] }
        // From a corner to the next one.
        func edge(_ k: Int) -> SIMD3<Float> { point(k + 1) - point(k) }
        sums[Int(faces[face + corner])] += edge(corner + 1).cross(edge(corner))
      }
    }
    return sums.flatMap { sum -> [Float] in
      let length = (sum.x * sum.x + sum.y * sum.y + sum.z * sum.z).squareRoot()
      return [sum.x / length, sum.y / length, sum.z / length]
    }
  }

  /// Metres in the camera's axes.
  private static func positions(of vertices: [Float], calibration: [Float]) -> [SIMD3<Float>] {
    let (fx, fy) = (calibration[0], calibration[4])
    let inverse = (x: 1 / fx, y: 1 / fy, cx: -calibration[2] / fx, cy: -calibration[5] / fy)
    return stride(from: 0, to: vertices.count, by: 3).map { row in
      let z = vertices[row + 2]
      return SIMD3(
        vertices[row] * inverse.x + z * inverse.cx, vertices[row + 1] * inverse.y + z * inverse.cy,
        z)
    }
  }
}
