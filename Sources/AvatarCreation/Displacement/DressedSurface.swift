import Compute
import Rasterizer
import SMPLX

/// A body as it stands before the photo's camera, dressed in offsets that may change: posed vertices are
/// linear in the offsets, so that posing is done once.
final class DressedSurface {
  let body: ShapedBody
  let fit: BodyFit
  let mesh: Mesh
  let topology: NormalTopology
  let pool: WorkerPool
  /// Posed without offsets, metres in camera axes.
  let bare: [SIMD3<Float>]
  /// What a metre along each axis of the rest pose is in camera axes, by vertex.
  let axes: [(x: SIMD3<Float>, y: SIMD3<Float>, z: SIMD3<Float>)]
  private let rasterizer: Rasterizer

  /// - Parameter body: without offsets.
  init(body: ShapedBody, fit: BodyFit, pool: WorkerPool) throws {
    self.body = body
    self.fit = fit
    self.pool = pool
    let model = body.model
    mesh = try Mesh(vertexCount: model.vertexCount, triangles: model.faces)
    topology = try NormalTopology(faces: model.faces, vertexCount: model.vertexCount)
    rasterizer = Rasterizer(pool: pool)
    func posed(_ offset: SIMD3<Float>) throws -> [SIMD3<Float>] {
      let moved = try ShapedBody(
        model: model, betas: body.betas, expression: body.expression,
        offsets: [SIMD3<Float>](repeating: offset, count: model.vertexCount))
      let poser = BodyPoser(body: moved, pool: pool)
      try poser.pose(fit.pose)
      let vertices = poser.vertices()
      return (0..<model.vertexCount).map { vertices[$0] }
    }
    let bare = try posed(.zero)
    self.bare = bare
    let (x, y, z) = (
      try posed(SIMD3(1, 0, 0)), try posed(SIMD3(0, 1, 0)), try posed(SIMD3(0, 0, 1))
    )
    axes = bare.indices.map { (x[$0] - bare[$0], y[$0] - bare[$0], z[$0] - bare[$0]) }
  }

  var vertexCount: Int { bare.count }

  /// A direction or movement of the rest pose in camera axes.
  func turned(_ vector: SIMD3<Float>, at vertex: Int) -> SIMD3<Float> {
    let axes = axes[vertex]
    return axes.x * vector.x + axes.y * vector.y + axes.z * vector.z
  }

  /// Posed vertices, metres in camera axes.
  func posed(_ offsets: [SIMD3<Float>]) -> [SIMD3<Float>] {
    offsets.indices.map { bare[$0] + turned(offsets[$0], at: $0) }
  }

  /// Normals of rest vertices with offsets.
  func restNormals(_ offsets: [SIMD3<Float>]) -> [SIMD3<Float>] {
    let rest = body.restVertices
    return normals((0..<vertexCount).map { rest[$0] + offsets[$0] })
  }

  func normals(_ points: [SIMD3<Float>]) -> [SIMD3<Float>] {
    let normals = VertexNormals(topology: topology, pool: pool)
    let held = PlanarPoints(points)
    withExtendedLifetime(held) { normals.update(held.vertices) }
    return points.indices.map { normals.vertices[$0] }
  }

  /// The number of the triangle in front at each pixel, -1 where none is: (height, width).
  ///
  /// - Parameters:
  ///   - points: posed, camera axes.
  ///   - scale: of the picture against the fit's.
  func render(
    _ points: [SIMD3<Float>], camera: PinholeCamera, width: Int, height: Int
  ) -> [Int32] {
    let held = PlanarPoints(points)
    defer { withExtendedLifetime(held) {} }
    return [Int32](unsafeUninitializedCapacity: width * height) { ids, initialized in
      let writer = BufferWriter(width: width, height: height)
      writer.ids = ids.baseAddress
      rasterizer.render(
        [
          MeshInstance(
            mesh: mesh, x: held.vertices.x, y: held.vertices.y, z: held.vertices.z, cull: .none)
        ], camera: camera, width: width, height: height, shader: writer)
      initialized = width * height
    }
  }
}
