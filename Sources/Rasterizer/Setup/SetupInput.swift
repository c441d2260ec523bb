/// What set-up needs to know of an instance and the picture.
struct SetupInput {
  let vertices: ProjectedVertices
  /// Corner planes of `CornerTable`, and their stride.
  let corners: UnsafePointer<Int32>
  let cornerStride: Int
  let uvCorners: UnsafePointer<Int32>?
  let uvCornerStride: Int
  /// Number of the instance's first triangle in the frame.
  let firstID: Int32
  /// What `TriangleRecord.part` is, but for its lowest bit.
  let partWord: Int32
  let cull: CullMode
  let attributes: (VertexAttribute?, VertexAttribute?, VertexAttribute?, VertexAttribute?)
  let attributeCount: Int
  let cutOut: CutOutCoordinates?
  /// Some attribute or the cut-out needs the numbers of the vertices.
  let usesVertexCorners: Bool
  /// World coordinates, for clipping.
  let world: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
  let projection: VertexProjection
  let width: Int32
  let height: Int32
  let footprintRequest: FootprintRequest?

  /// Texture coordinates of a `CutOut`.
  struct CutOutCoordinates {
    let u: VertexAttribute
    let v: VertexAttribute
  }

  @inline(__always)
  func attribute(_ index: Int) -> VertexAttribute? {
    switch index {
    case 0: attributes.0
    case 1: attributes.1
    case 2: attributes.2
    default: attributes.3
    }
  }

  /// Whether an attribute's values are found by the numbers in `uvCorners`.
  @inline(__always)
  func usesTextureCorners(_ attribute: VertexAttribute) -> Bool {
    attribute.indexing == .texture && uvCorners != nil
  }
}

extension SetupInput {
  /// - Parameters:
  ///   - number: the instance's place in the frame's list.
  ///   - vertices: of the instance, projected.
  init(
    _ instance: MeshInstance, number: Int, firstID: Int32, vertices: ProjectedVertices,
    projection: VertexProjection, width: Int, height: Int, footprintRequest: FootprintRequest?
  ) {
    let (corners, uvCorners) = (instance.mesh.corners, instance.mesh.uvCorners)
    let attributes = instance.attributes
    func attribute(_ index: Int) -> VertexAttribute? {
      index < attributes.count ? attributes[index] : nil
    }
    func usesVertices(_ attribute: VertexAttribute) -> Bool {
      attribute.indexing == .vertex || uvCorners == nil
    }
    let cutOut = instance.cutOut.map { CutOutCoordinates(u: $0.u, v: $0.v) }
    self.init(
      vertices: vertices, corners: corners.planes.pointer, cornerStride: corners.paddedCount,
      uvCorners: uvCorners.map { UnsafePointer($0.planes.pointer) },
      uvCornerStride: uvCorners?.paddedCount ?? 0, firstID: firstID,
      partWord: Int32(truncatingIfNeeded: number) &<< TriangleRecord.instanceShift,
      cull: instance.cull,
      attributes: (attribute(0), attribute(1), attribute(2), attribute(3)),
      attributeCount: attributes.count, cutOut: cutOut,
      usesVertexCorners: attributes.contains(where: usesVertices)
        || cutOut.map { usesVertices($0.u) || usesVertices($0.v) } ?? false,
      world: (instance.x, instance.y, instance.z), projection: projection,
      width: Int32(width), height: Int32(height), footprintRequest: footprintRequest)
  }
}
