import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX

/// How near avatars of photos come to their photos, seen as the photos show them.
struct PhotoScores {
  let size: Int
  /// Folder for pictures, or nothing.
  let folder: String
  /// Whether faces are warped by all points of the network, not by the body's own landmarks alone.
  let isWhole: Bool
  let pool: WorkerPool
  let avatars: PhotoAvatar
  let detector: LandmarkDetector

  init(size: Int, folder: String, isWhole: Bool, assets: Assets, pool: WorkerPool) throws {
    (self.size, self.folder, self.isWhole, self.pool) = (size, folder, isWhole, pool)
    avatars = try PhotoAvatar(PhotoAvatarSettings(), assets: assets, pool: pool)
    detector = try LandmarkDetector(models: assets.root + "/models", pool: pool)
  }

  /// Prints how near the drawn front comes inside the mask, and for the face how far its points in the
  /// drawing are from where the body has them, percent of its height, and how sharp it is beside the photo.
  func score(_ path: String) throws {
    let file = try PhotoFile(path: path)
    var report = CreationReport(photo: file.photo)
    let dressed = try avatars.dressed(
      in: file, overwrite: false, report: &report, StageClock())
    let (photo, fit) = (dressed.person.photo, dressed.fit)
    let made = try PhotoTexture.make(
      photo: photo, matte: dressed.person.matte, body: dressed.model, fit: fit,
      offsets: dressed.offsets, landmarks: dressed.person.landmarks,
      face: isWhole ? dressed.face : nil, size: size, pool: pool)
    let worn = try ShapedBody(model: dressed.model, betas: fit.betas, offsets: dressed.offsets)
    let poser = BodyPoser(body: worn, pool: pool)
    try poser.pose(fit.pose)
    let image = try Renderer(model: dressed.model, pool: pool).draw(
      poser.vertices(), camera: fit.camera, width: photo.width, height: photo.height,
      texture: Texture(size: size, pixels: made.pixels), background: .zero)
    var difference = Difference()
    var drawn = photo.pixels
    for place in image.pixels.indices {
      let pixel = image.pixels[place]
      let old = SIMD3(
        Float(photo.pixels[3 * place]), Float(photo.pixels[3 * place + 1]),
        Float(photo.pixels[3 * place + 2]))
      let color = SIMD3(pixel.x, pixel.y, pixel.z)
      let coverage = min(pixel.w, 1)
      if coverage > 0.99, dressed.person.matte.coverage[place] > 0.9 { difference.add(color, old) }
      let whole = color + (1 - coverage) * old
      for k in 0..<3 { drawn[3 * place + k] = UInt8(saturating: whole[k]) }
    }
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    func row(_ metric: String, _ value: Double, _ digits: Int = 2) {
      print("\(name),\(metric),\(String(format: "%.\(digits)f", value))")
    }
    row("front_db", difference.psnr)
    let picture = Photo(width: photo.width, height: photo.height, pixels: drawn)
    if let face = dressed.person.landmarks.face,
      let person = try detector.persons(in: picture).first,
      let other = try detector.landmarks(of: person, in: picture).landmarks.face
    {
      let vertices = poser.vertices()
      let wanted = (dressed.face ?? []).map { place -> SIMD3<Float> in
        let point = (0..<3).reduce(SIMD3<Float>.zero) {
          $0 + vertices[Int(place.vertices[$1])] * place.weights[$1]
        }
        let at = fit.camera.transform(point)
        let pixel = SIMD2(at.x, at.y) / at.z * fit.camera.focalLength + fit.camera.principalPoint
        return SIMD3(pixel.x, pixel.y, 0)
      }
      score(face.points, wanted.isEmpty ? face.points : wanted, other.points, photo, picture, row)
    }
    if !folder.isEmpty {
      try PNGFile.write(
        Picture(width: photo.width, height: photo.height, channels: 3, bytes: drawn),
        to: "\(folder)/\(name)_front.png", overwrite: true)
    }
  }

  /// - Parameters:
  ///   - face: in the photo.
  ///   - wanted: where the fitted body has them, which is where the drawing should show them.
  ///   - other: in the drawing.
  private func score(
    _ face: [SIMD3<Float>], _ wanted: [SIMD3<Float>], _ other: [SIMD3<Float>], _ photo: Photo,
    _ drawn: Photo,
    _ row: (String, Double, Int) -> Void
  ) {
    guard let top = face.map(\.y).min(), let bottom = face.map(\.y).max(),
      let left = face.map(\.x).min(), let right = face.map(\.x).max(), bottom > top
    else { return }
    row("face_pixels", Double(bottom - top), 0)
    func distance(_ numbers: some Collection<Int>) -> Double {
      let sum = numbers.reduce(0.0) { sum, number in
        let step = wanted[number] - other[number]
        return sum + Double((step.x * step.x + step.y * step.y).squareRoot())
      }
      return 100 * sum / Double(numbers.count) / Double(bottom - top)
    }
    row("face_points_percent", distance(face.indices), 2)
    row("brows_percent", distance([63, 105, 66, 107, 336, 296, 334, 293, 52, 65, 282, 295]), 2)
    row("eyes_percent", distance([33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]), 2)
    row("lips_percent", distance([61, 39, 0, 269, 291, 405, 17, 181, 13, 14, 78, 308]), 2)
    row("jaw_percent", distance([132, 58, 172, 136, 150, 149, 148, 152, 377, 378, 379, 365]), 2)
    func steps(_ photo: Photo) -> Double {
      func level(_ x: Int, _ y: Int) -> Double {
        let at = 3 * (y * photo.width + x)
        return
          (Double(photo.pixels[at]) + Double(photo.pixels[at + 1])
          + Double(photo.pixels[at + 2])) / 3
      }
      var sum = 0.0
      for y in max(1, Int(top))..<min(Int(bottom), photo.height - 1) {
        for x in max(1, Int(left))..<min(Int(right), photo.width - 1) {
          let (u, v) = (level(x + 1, y) - level(x - 1, y), level(x, y + 1) - level(x, y - 1))
          sum += (u * u + v * v).squareRoot()
        }
      }
      return sum
    }
    row("face_sharpness", steps(drawn) / max(steps(photo), 1), 3)
  }
}
