// Which joint each vertex follows most: the coarse parts of a body whose file names none.

extension BodyModel {
  /// The joint (0 to 54) with the largest skinning weight of each vertex, the first of equal ones.
  public func dominantJoints() -> [UInt8] {
    let pointers = weights.pointers
    var result = [UInt8](repeating: 0, count: vertexCount)
    for vertex in result.indices {
      let (block, lane) = (vertex / blockWidth, vertex % blockWidth)
      var largest: Float = 0
      for entry in Int(pointers.starts[block])..<Int(pointers.starts[block + 1]) {
        let weight = pointers.values[entry * blockWidth + lane]
        if weight > largest {
          largest = weight
          result[vertex] = UInt8(truncatingIfNeeded: pointers.joints[entry])
        }
      }
    }
    return result
  }
}
