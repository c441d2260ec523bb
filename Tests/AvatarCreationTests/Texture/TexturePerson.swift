import Compute
import Rasterizer
import SMPLX
import TestSupport
import Testing

@testable import AvatarCreation

/// The bundled body before a camera, photographed in plain colours.
struct TexturePerson {
  let model: BodyModel
  let fit: BodyFit
  /// Of the photo's pixels: the triangle that is seen, or -1.
  let triangles: [Int32]
  let pool: WorkerPool

  static let width = 400
  static let height = 600
  static let background: (UInt8, UInt8, UInt8) = (255, 0, 255)

  static func model() throws -> BodyModel {
    try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
  }

  init(pool: WorkerPool = WorkerPool(threads: 2)) throws {
    self.pool = pool
    model = try Self.model()
    var pose = BodyPose()
    let upright = RotationMatrix([1, 0, 0], [0, -1, 0], [0, 0, -1])
    pose.rotations[0] = SIMD3<Float>((upright * .yaw(0.2)).axisAngle)
    pose.rotations[16] = [0, 0, -0.9]
    pose.rotations[17] = [0, 0, 0.9]
    pose.translation = [0, 0.25, 4]
    let (width, height) = (Self.width, Self.height)
    let camera = PinholeCamera.aligned(
      focalLength: [1250, 1250], principalPoint: [Float(width) / 2, Float(height) / 2])
    fit = BodyFit(betas: [], pose: pose, camera: camera, width: width, height: height)
    let poser = BodyPoser(body: try ShapedBody(model: model), pool: pool)
    try poser.pose(pose)
    let vertices = poser.vertices()
    let writer = BufferWriter(width: width, height: height)
    let ids = Plane<Int32>(count: width * height, filledWith: -1)
    writer.ids = ids.pointer
    let mesh = try Mesh(vertexCount: model.vertexCount, triangles: model.faces)
    Rasterizer(pool: pool).render(
      [MeshInstance(mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z)], camera: camera,
      width: width, height: height, shader: writer)
    triangles = (0..<width * height).map { ids[$0] }
  }

  var matte: Matte {
    Matte(
      width: Self.width, height: Self.height, coverage: triangles.map { $0 >= 0 ? 1 : 0 })
  }

  /// - Parameter color: of a triangle.
  func photo(_ color: (Int) -> (UInt8, UInt8, UInt8)) -> Photo {
    let pixels = triangles.flatMap { triangle -> [UInt8] in
      let (r, g, b) = triangle >= 0 ? color(Int(triangle)) : Self.background
      return [r, g, b]
    }
    return Photo(width: Self.width, height: Self.height, pixels: pixels)
  }
}
