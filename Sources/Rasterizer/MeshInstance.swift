/// Which triangles are left out by the side they show.
public enum CullMode: Sendable {
  /// Draw both sides.
  case none
  /// Leave out triangles seen from behind; fronts are counter-clockwise seen from outside.
  case back
  /// Leave out triangles seen from the front.
  case front
}

/// Values given per corner that are interpolated over the triangles, perspective-correct.
public struct VertexAttribute: @unchecked Sendable {
  // Sendable: read only while a frame is rendered; the owner keeps the memory alive.
  public enum Indexing: Sendable {
    /// One value a vertex.
    case vertex
    /// One value a texture coordinate; a vertex, if the mesh has no texture triangles.
    case texture
  }

  public var values: UnsafePointer<Float>
  public var indexing: Indexing

  public init(values: UnsafePointer<Float>, indexing: Indexing) {
    self.values = values
    self.indexing = indexing
  }
}

/// A mesh in one frame: where its vertices are and what is interpolated over it.
public struct MeshInstance: @unchecked Sendable {
  // Sendable: as `VertexAttribute`.
  public var mesh: Mesh
  /// World coordinates, metres, one plane an axis, each followed by padding to sixteen.
  public var x: UnsafePointer<Float>
  public var y: UnsafePointer<Float>
  public var z: UnsafePointer<Float>
  public var cull: CullMode
  /// Attributes of all instances of a frame must be equally many, at most four.
  public var attributes: [VertexAttribute]
  /// Holes of a part that is seen through them; nil for a closed one.
  public var cutOut: CutOut?

  public init(
    mesh: Mesh, x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>,
    cull: CullMode = .back, attributes: [VertexAttribute] = [], cutOut: CutOut? = nil
  ) {
    self.mesh = mesh
    self.x = x
    self.y = y
    self.z = z
    self.cull = cull
    self.attributes = attributes
    self.cutOut = cutOut
  }
}
