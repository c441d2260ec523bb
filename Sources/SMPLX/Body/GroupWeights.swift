// How much each vertex follows groups of joints: soft body parts of any body.

extension BodyModel {
  /// Skinning weights summed by groups of joints.
  ///
  /// - Parameter groups: the group of each of the 55 joints, 0 ..< count; others are left out.
  /// - Returns: (V, count) row by row.
  public func groupWeights(_ groups: [Int], count: Int) -> [Float] {
    let pointers = weights.pointers
    var result = [Float](repeating: 0, count: vertexCount * count)
    for vertex in 0..<vertexCount {
      let (block, lane) = (vertex / blockWidth, vertex % blockWidth)
      for entry in Int(pointers.starts[block])..<Int(pointers.starts[block + 1]) {
        let joint = Int(pointers.joints[entry])
        guard groups.indices.contains(joint), (0..<count).contains(groups[joint]) else { continue }
        result[vertex * count + groups[joint]] += pointers.values[entry * blockWidth + lane]
      }
    }
    return result
  }
}
