/// What set-up needs to know of an instance and the picture.
struct SetupInput {
  let vertices: ProjectedVertices
  /// Corner planes of `CornerTable`, and their stride.
  let corners: UnsafePointer<Int32>
  let cornerStride: Int
  let uvCorners: UnsafePointer<Int32>?
  let uvCornerStride: Int
  let triangleCount: Int
  /// Number of the instance's first triangle in the frame.
  let firstID: Int32
  let cull: CullMode
  let attributes: (VertexAttribute?, VertexAttribute?, VertexAttribute?, VertexAttribute?)
  let attributeCount: Int
  /// Some attribute is indexed by vertex.
  let usesVertexAttributes: Bool
  /// World coordinates, for clipping.
  let world: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
  let projection: VertexProjection
  let width: Int32
  let height: Int32
  let footprintRequest: FootprintRequest?

  @inline(__always)
  func attribute(_ index: Int) -> VertexAttribute? {
    switch index {
    case 0: attributes.0
    case 1: attributes.1
    case 2: attributes.2
    default: attributes.3
    }
  }
}
