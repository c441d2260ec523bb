import Compute
import Rasterizer
import SMPLX

/// The fitted body before the camera of the working photo: where each vertex is seen, and what is nearest
/// at each pixel.
final class PosedSurface: Sendable {
  /// Position in the camera's axes, metres.
  let positions: Plane<SIMD4<Float>>
  /// Unit vectors in the camera's axes.
  let normals: Plane<SIMD4<Float>>
  let camera: PinholeCamera
  let width: Int
  let height: Int
  /// (height, width) metres; infinite where nothing is.
  let depth: Plane<Float>
  /// (height, width) triangle; -1 where nothing is.
  let triangles: Plane<Int32>
  /// (3, height, width) unit normals in the camera's axes; zero where nothing is.
  let pixelNormals: Plane<Float>
  /// Pixels of a thousandth of the person's height.
  let unit: Float

  init(
    _ pose: Pose, model: BodyModel, photo: WorkingPhoto, camera: PinholeCamera, pool: WorkerPool
  ) throws {
    positions = pose.positions
    normals = pose.normals
    self.camera = photo.camera(camera)
    (width, height) = (photo.width, photo.height)
    depth = Plane(count: width * height, filledWith: .infinity)
    triangles = Plane(count: width * height, filledWith: -1)
    unit = max((pose.box.high.y - pose.box.low.y) * photo.scale, 1) / 1000
    let mesh = try Mesh(vertexCount: model.vertexCount, triangles: model.faces)
    let writer = BufferWriter(width: width, height: height)
    writer.depth = depth.pointer
    writer.ids = triangles.pointer
    pixelNormals = Plane(count: 3 * width * height, filledWith: 0)
    writer.attributes = pixelNormals.pointer
    writer.attributeCount = 3
    let planes = pose.planes
    let axes = Plane<Float>(count: 3 * planes.paddedCount, filledWith: 0)
    for vertex in 0..<model.vertexCount {
      for k in 0..<3 { axes[k * planes.paddedCount + vertex] = normals[vertex][k] }
    }
    let instance = MeshInstance(
      mesh: mesh, x: planes.x, y: planes.y, z: planes.z,
      attributes: (0..<3).map {
        VertexAttribute(values: axes.pointer + $0 * planes.paddedCount, indexing: .vertex)
      })
    withExtendedLifetime(axes) {
      Rasterizer(pool: pool).render(
        [instance], camera: self.camera, width: width, height: height, shader: writer)
    }
  }

  /// Where a point is seen, pixels of the working photo.
  @inline(__always)
  func project(_ point: SIMD4<Float>) -> SIMD2<Float> {
    let depth = max(point.z, 1e-3)
    return SIMD2(point.x, point.y) / depth * camera.focalLength + camera.principalPoint
  }

  /// A fitted body's vertices and where they are in the photo.
  final class Pose: Sendable {
    let positions: Plane<SIMD4<Float>>
    let normals: Plane<SIMD4<Float>>
    /// Pixels of the photo.
    let box: (low: SIMD2<Float>, high: SIMD2<Float>)
    private let poser: Kept

    var planes: PlanarVertices { poser.value.vertices(0) }

    private final class Kept: @unchecked Sendable {
      // Sendable: posed once, then only read.
      let value: BodyPoser
      init(_ value: BodyPoser) { self.value = value }
    }

    init(_ body: ShapedBody, fit: BodyFit, pool: WorkerPool) throws {
      let poser = BodyPoser(body: body, pool: pool)
      try poser.pose(fit.pose)
      self.poser = Kept(poser)
      let vertices = poser.vertices(0)
      let topology = try NormalTopology(
        faces: body.model.faces, vertexCount: body.model.vertexCount)
      let computed = VertexNormals(topology: topology, pool: pool)
      computed.update(vertices)
      positions = Plane(count: vertices.count, filledWith: .zero)
      normals = Plane(count: vertices.count, filledWith: .zero)
      var low = SIMD2<Float>(repeating: .infinity)
      var high = -low
      for vertex in 0..<vertices.count {
        let place = fit.camera.transform(vertices[vertex])
        positions[vertex] = SIMD4(place, 0)
        let normal = computed.vertices[vertex]
        let turn = fit.camera.rotation
        normals[vertex] = SIMD4(turn.0.dot(normal), turn.1.dot(normal), turn.2.dot(normal), 0)
        guard place.z > fit.camera.near else { continue }
        let pixel =
          SIMD2(place.x, place.y) / place.z * fit.camera.focalLength + fit.camera.principalPoint
        low = pointwiseMin(low, pixel)
        high = pointwiseMax(high, pixel)
      }
      guard low.x <= high.x, low.x < Float(fit.width), high.x > 0, low.y < Float(fit.height),
        high.y > 0
      else {
        throw ProgramError(
          .dataError, "the fitted body is not in the picture",
          hint: "see the overlay of the fit")
      }
      box = (low, high)
    }
  }
}
