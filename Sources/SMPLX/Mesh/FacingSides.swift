import Compute

/// Which sides of a mesh's faces a camera at the origin sees.
package enum FacingSides {
  /// By vertex: 1 where fronts of all faces around it are seen, 2 where backs are, 3 where it lies on an
  /// outline.
  ///
  /// - Parameters:
  ///   - position: of a vertex, in the camera's axes.
  ///   - faces: (F, 3), counter-clockwise from outside.
  package static func around(
    vertexCount: Int, faces: [UInt32], position: (Int) -> SIMD3<Float>
  ) -> [UInt8] {
    var sides = [UInt8](repeating: 0, count: vertexCount)
    for face in stride(from: 0, to: faces.count - 2, by: 3) {
      let (i, j, k) = (Int(faces[face]), Int(faces[face + 1]), Int(faces[face + 2]))
      let a = position(i)
      let normal = (position(j) - a).cross(position(k) - a)
      let side: UInt8 = normal.dot(a) < 0 ? 1 : 2
      for corner in [i, j, k] { sides[corner] |= side }
    }
    return sides
  }
}
