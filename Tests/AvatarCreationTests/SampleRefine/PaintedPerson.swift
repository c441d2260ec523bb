import Avatar
import Compute
import Media
import Rasterizer
import SMPLX
import TestSupport

@testable import AvatarCreation

/// The bundled avatar photographed in its own texture, without light, by a camera that is known.
struct PaintedPerson {
  let model: BodyModel
  let fit: BodyFit
  let photo: Photo
  let matte: Matte
  /// Its own texture.
  let texture: Picture

  /// - Parameters:
  ///   - height: of the photo, pixels.
  ///   - yaw: of the person.
  init(height: Int = 1500, yaw: Float = 0, pool: WorkerPool) throws {
    let file = try AvatarFile(path: Fixtures.asset("avatars/sample.safetensors"))
    texture = try file.colorTexture()
    model = try BodyModel.load(path: Fixtures.asset("body/\(file.description.body.file)"))
    let width = height * 2 / 3
    var pose = BodyPose()
    let upright = RotationMatrix([1, 0, 0], [0, -1, 0], [0, 0, -1])
    pose.rotations[0] = SIMD3<Float>((upright * .yaw(Double(yaw))).axisAngle)
    pose.rotations[16] = [0, 0, -0.9]
    pose.rotations[17] = [0, 0, 0.9]
    pose.translation = [0, 0.25, 4]
    let focal = Float(height) * 2
    fit = BodyFit(
      betas: file.description.betas, pose: pose,
      camera: PinholeCamera.aligned(
        focalLength: [focal, focal], principalPoint: [Float(width) / 2, Float(height) / 2]),
      width: width, height: height)
    let fine = 3
    let (pixels, coverage) = try Self.picture(
      texture, model, fit, width: fine * width, height: fine * height, scale: Float(fine), pool)
    var (bytes, shares) = ([UInt8](), [Float]())
    for y in 0..<height {
      for x in 0..<width {
        var (sum, count) = (SIMD3<Float>.zero, Float(0))
        for k in 0..<fine * fine {
          let at = (fine * y + k / fine) * fine * width + fine * x + k % fine
          sum += pixels[at]
          count += coverage[at]
        }
        sum += SIMD3(repeating: 90) * (Float(fine * fine) - count)
        for channel in 0..<3 {
          bytes.append(UInt8(saturating: sum[channel] / Float(fine * fine)))
        }
        shares.append(count / Float(fine * fine))
      }
    }
    photo = Photo(width: width, height: height, pixels: bytes)
    matte = Matte(width: width, height: height, coverage: shares)
  }

  /// Where in the atlas each pixel of the photo lies: u to the right, v upwards; nil beside the body.
  func coordinates(pool: WorkerPool) throws -> [SIMD2<Float>?] {
    let (width, height) = (photo.width, photo.height)
    let (uv, ids) = try Self.coordinates(model, fit, width: width, height: height, scale: 1, pool)
    let count = width * height
    return (0..<count).map { ids[$0] >= 0 ? SIMD2(uv[$0], uv[count + $0]) : nil }
  }

  /// (2, height, width) u and v, and (height, width) triangles or -1.
  private static func coordinates(
    _ model: BodyModel, _ fit: BodyFit, width: Int, height: Int, scale: Float, _ pool: WorkerPool
  ) throws -> (uv: Plane<Float>, ids: Plane<Int32>) {
    let atlas = try TextureAtlas(of: model)
    let poser = BodyPoser(body: try ShapedBody(model: model, betas: fit.betas), pool: pool)
    try poser.pose(fit.pose)
    let vertices = poser.vertices()
    let mesh = try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: atlas.coordinates,
      uvTriangles: atlas.faces)
    let rows = atlas.coordinates.count / 2
    let planes = Plane<Float>(count: 2 * rows + 32, filledWith: 0)
    for row in 0..<rows {
      planes[row] = atlas.coordinates[2 * row]
      planes[rows + 16 + row] = atlas.coordinates[2 * row + 1]
    }
    let uv = Plane<Float>(count: 2 * width * height, filledWith: 0)
    let ids = Plane<Int32>(count: width * height, filledWith: -1)
    let writer = BufferWriter(width: width, height: height)
    writer.ids = ids.pointer
    writer.attributes = uv.pointer
    writer.attributeCount = 2
    let instance = MeshInstance(
      mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z,
      attributes: [0, rows + 16].map {
        VertexAttribute(values: planes.pointer + $0, indexing: .texture)
      })
    withExtendedLifetime(planes) {
      Rasterizer(pool: pool).render(
        [instance], camera: fit.camera.scaled(by: scale), width: width, height: height,
        shader: writer)
    }
    return (uv, ids)
  }

  private static func picture(
    _ texture: Picture, _ model: BodyModel, _ fit: BodyFit, width: Int, height: Int, scale: Float,
    _ pool: WorkerPool
  ) throws -> ([SIMD3<Float>], [Float]) {
    let (uv, ids) = try coordinates(model, fit, width: width, height: height, scale: scale, pool)
    let (size, bytes) = (texture.width, texture.converted(toChannels: 3).bytes())
    let count = width * height
    var (colors, coverage) = (
      [SIMD3<Float>](repeating: .zero, count: count), [Float](repeating: 0, count: count)
    )
    for pixel in 0..<count where ids[pixel] >= 0 {
      let x = (uv[pixel] * Float(size) - 0.5).limited(to: 0...Float(size - 1))
      let y = ((1 - uv[count + pixel]) * Float(size) - 0.5).limited(to: 0...Float(size - 1))
      let (column, row) = (min(Int(x), size - 2), min(Int(y), size - 2))
      func color(_ dx: Int, _ dy: Int) -> SIMD3<Float> {
        let at = 3 * ((row + dy) * size + column + dx)
        return SIMD3(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2]))
      }
      let (fx, fy) = (x - Float(column), y - Float(row))
      let upper = color(0, 0) + (color(1, 0) - color(0, 0)) * fx
      let lower = color(0, 1) + (color(1, 1) - color(0, 1)) * fx
      colors[pixel] = upper + (lower - upper) * fy
      coverage[pixel] = 1
    }
    return (colors, coverage)
  }
}
