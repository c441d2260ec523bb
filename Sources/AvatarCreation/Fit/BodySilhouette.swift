import Compute
import Rasterizer
import SMPLX

/// Draws a fitted body's silhouette and finds the vertices on its outline.
final class BodySilhouette {
  let model: BodyModel
  private let mesh: Mesh
  private let pool: WorkerPool
  private let rasterizer: Rasterizer
  private let part: [OutlinePart]

  /// What an outline vertex says of the body's shape.
  enum OutlinePart {
    /// Where clothes may be thick; the share of their thickness that is worn here.
    case trunk(Double)
    case leg
    /// Rarely covered by more than skin.
    case skin
    /// May lie under hair.
    case head
    /// Hands and eyes: smaller than what a mask shows.
    case ignored
  }

  init(_ model: BodyModel, pool: WorkerPool) throws {
    self.model = model
    self.pool = pool
    mesh = try Mesh(vertexCount: model.vertexCount, triangles: model.faces)
    rasterizer = Rasterizer(pool: pool)
    part = model.dominantJoints().map { joint in
      switch joint {
      case 0, 3, 6, 9, 13, 14: .trunk(1)
      case 16, 17: .trunk(0.6)
      case 1, 2, 4, 5: .leg
      case 7, 8, 10...12, 18, 19: .skin
      case 15, 22: .head
      case 20, 21, 23, 24, 25...: .ignored
      default: .skin
      }
    }
  }

  /// A silhouette as it is seen.
  struct View {
    /// (height, width).
    var isBody: [Bool]
    /// Positions of the outline's vertices in the picture, and their parts.
    var outline: [(vertex: Int, position: SIMD2<Double>, part: OutlinePart)]
  }

  /// Draws the body at `scale` times the size of the picture.
  func view(
    betas: [Float], pose: BodyPose, camera: FitCamera, scale: Double, width: Int, height: Int
  ) throws -> View {
    let body = try ShapedBody(model: model, betas: betas)
    let poser = BodyPoser(body: body, pool: pool)
    try poser.pose(pose)
    let vertices = poser.vertices()
    let focal = camera.focalLength * scale
    let middle = camera.principalPoint * scale
    var mask = [Float](repeating: 0, count: width * height)
    mask.withUnsafeMutableBufferPointer { mask in
      let writer = BufferWriter(width: width, height: height)
      writer.mask = mask.baseAddress
      rasterizer.render(
        [MeshInstance(mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z)],
        camera: .aligned(
          focalLength: SIMD2(repeating: Float(focal)),
          principalPoint: SIMD2(Float(middle.x), Float(middle.y))),
        width: width, height: height, shader: writer)
    }
    let isBody = mask.map { $0 > 0.5 }
    let depth = DistanceTransform.distances(
      to: isBody.map { !$0 }, width: width, height: height, pool: pool)
    let sides = FacingSides.around(vertexCount: vertices.count, faces: model.faces) {
      vertices[$0]
    }
    var outline: [(vertex: Int, position: SIMD2<Double>, part: OutlinePart)] = []
    // Where a triangle that faces the camera meets one that does not.
    for vertex in sides.indices where sides[vertex] == 3 {
      if case .ignored = part[vertex] { continue }
      let place = SIMD3<Double>(vertices[vertex])
      guard place.z > 0.05 else { continue }
      let seen = focal / place.z * SIMD2(place.x, place.y) + middle
      guard seen.x >= 2, seen.y >= 2, seen.x < Double(width - 2), seen.y < Double(height - 2)
      else { continue }
      let pixel = Int(seen.y) * width + Int(seen.x)
      // Near the edge of the whole silhouette, not an edge of an arm before the trunk.
      guard depth[pixel] <= 2.5 else { continue }
      outline.append((vertex, seen, part[vertex]))
    }
    return View(isBody: isBody, outline: outline)
  }
}
