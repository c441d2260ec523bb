import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX

/// A person whose texture is known, photographed.
struct GroundTruth {
  let model: BodyModel
  let betas: [Float]
  let texture: Texture
  let renderer: Renderer

  struct Shot {
    var photo: Photo
    var matte: Matte
    var fit: BodyFit
  }

  init(avatar: String, body: String, pool: WorkerPool) throws {
    let file = try AvatarFile(path: avatar)
    model = try BodyModel.load(path: body)
    betas = file.description.betas
    let picture = try file.colorTexture().converted(toBitDepth: 8).converted(toChannels: 3)
    texture = Texture(size: picture.width, pixels: picture.bytes())
    renderer = try Renderer(model: model, pool: pool)
  }

  /// - Parameters:
  ///   - yaw: degrees the person is turned.
  ///   - light: direction from which light comes in the camera's axes and the share of ambient light.
  func shot(yaw: Double, light: (SIMD3<Float>, Float)? = nil, pool: WorkerPool) throws -> Shot {
    let (width, height) = (768, 1024)
    let distance: Float = 4
    var pose = standing(model, yaw: yaw)
    let body = try ShapedBody(model: model, betas: betas)
    let poser = BodyPoser(body: body, pool: pool)
    try poser.pose(pose)
    let (low, high) = rangeY(poser.vertices())
    pose.translation = [0, -(low + high) / 2, distance]
    try poser.pose(pose)
    let focal = 0.92 * Float(height) * distance / (high - low)
    let camera = PinholeCamera.aligned(
      focalLength: [focal, focal], principalPoint: [Float(width) / 2, Float(height) / 2])
    var shade: ((SIMD3<Float>) -> Float)?
    if let (direction, ambient) = light {
      let unit = direction / (direction * direction).sum().squareRoot()
      shade = { ambient + (1 - ambient) * max(0, ($0 * unit).sum()) * 1.4 }
    }
    let image = try renderer.draw(
      poser.vertices(), camera: camera, width: width, height: height, texture: texture,
      background: [140, 150, 160], shade: shade)
    let pixels = image.pixels.flatMap { p in (0..<3).map { UInt8(saturating: p[$0]) } }
    return Shot(
      photo: Photo(width: width, height: height, pixels: pixels),
      matte: Matte(width: width, height: height, coverage: image.pixels.map { min($0.w, 1) }),
      fit: BodyFit(betas: betas, pose: pose, camera: camera, width: width, height: height))
  }
}

/// A relaxed standing pose in the axes of a camera, arms a little out.
func standing(_ model: BodyModel, yaw degrees: Double) -> BodyPose {
  var pose = BodyPose()
  let upright = RotationMatrix([1, 0, 0], [0, -1, 0], [0, 0, -1])
  pose.rotations[0] = SIMD3<Float>((upright * .yaw(degrees * .pi / 180)).axisAngle)
  pose.rotations[1] = [0, 0, 0.035]
  pose.rotations[2] = [0, 0, -0.035]
  pose.rotations[13] = [0, 0, -0.08]
  pose.rotations[14] = [0, 0, 0.08]
  pose.rotations[16] = [0.12, 0.1, -1.12]
  pose.rotations[17] = [0.12, -0.1, 1.12]
  pose.rotations[18] = [0, -0.28, 0]
  pose.rotations[19] = [0, 0.28, 0]
  for joint in 0..<15 {
    for k in 0..<3 {
      pose.rotations[25 + joint][k] = model.leftHandMean[3 * joint + k]
      pose.rotations[40 + joint][k] = model.rightHandMean[3 * joint + k]
    }
  }
  return pose
}

func rangeY(_ vertices: PlanarVertices) -> (Float, Float) {
  let plane = UnsafeBufferPointer(start: vertices.y, count: vertices.count)
  return (plane.min() ?? 0, plane.max() ?? 0)
}

/// A body from all sides, at the same size.
func view(
  _ renderer: Renderer, body: ShapedBody, texture: Texture, yaw: Double, width: Int = 420,
  height: Int = 640, head: Bool = false, light: Bool = false
) throws -> Renderer.Image {
  let poser = BodyPoser(body: body, pool: renderer.pool)
  var pose = standing(renderer.model, yaw: yaw)
  try poser.pose(pose)
  let (low, high) = rangeY(poser.vertices())
  let distance: Float = 12
  var focal = 0.95 * Float(height) * distance / (high - low)
  pose.translation = [0, -(low + high) / 2, distance]
  if head {
    focal *= 5.2
    pose.translation.y = -low - 0.14
    let joint = poser.joints(contour: false)[15]
    pose.translation.x = -joint.x
  }
  try poser.pose(pose)
  let camera = PinholeCamera.aligned(
    focalLength: [focal, focal], principalPoint: [Float(width) / 2, Float(height) / 2])
  return try renderer.draw(
    poser.vertices(), camera: camera, width: width, height: height, texture: texture,
    background: [255, 255, 255], shade: light ? { 0.75 + 0.35 * -$0.z } : nil)
}

func write(_ images: [[Renderer.Image]], to path: String) throws {
  let height = images.map { $0.map(\.height).max() ?? 0 }.reduce(0, +)
  let width = images.map { $0.map(\.width).reduce(0, +) }.max() ?? 0
  var bytes = [UInt8](repeating: 255, count: width * height * 3)
  var top = 0
  for row in images {
    var left = 0
    for image in row {
      for y in 0..<image.height {
        for x in 0..<image.width {
          let pixel = image.pixels[y * image.width + x]
          for k in 0..<3 {
            bytes[3 * ((top + y) * width + left + x) + k] = UInt8(saturating: pixel[k])
          }
        }
      }
      left += image.width
    }
    top += row.map(\.height).max() ?? 0
  }
  try PNGFile.write(
    Picture(width: width, height: height, channels: 3, bytes: bytes), to: path, overwrite: true)
}
