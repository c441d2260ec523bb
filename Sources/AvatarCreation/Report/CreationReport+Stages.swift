import Avatar
import Compute
import Media
import SMPLX

extension CreationReport {
  mutating func add(_ person: FoundPerson) {
    photo = person.photo
    landmarks = person.landmarks
    matte = person.matte
    remarks = person.assessment.remarks
  }

  mutating func add(_ fit: BodyFit, _ model: BodyModel) throws {
    self.fit = fit
    body = try Person(body: ShapedBody(model: model, betas: fit.betas))
  }

  mutating func add(_ texture: PhotoTexture) {
    let size = texture.size
    notices += texture.notices
    self.texture = try? Picture(width: size, height: size, channels: 3, bytes: texture.pixels)
    let known = (0..<size * size * 3).map { index in
      // What is not known is grey.
      let (color, share) = (Int(texture.pixels[index]), Int(texture.known[index / 3]))
      return UInt8((color * share + 200 * (255 - share) + 127) / 255)
    }
    knownTexture = try? Picture(width: size, height: size, channels: 3, bytes: known)
  }
}

extension BodyFit {
  /// The same of a picture with another number of pixels.
  func resized(width: Int, height: Int) -> BodyFit {
    let factor = SIMD2(Float(width) / Float(self.width), Float(height) / Float(self.height))
    var result = self
    result.camera.focalLength *= factor
    result.camera.principalPoint *= factor
    (result.width, result.height) = (width, height)
    return result
  }
}

extension AvatarDescription.Photo {
  /// What a fit says of the photo's camera and of how the person stood.
  public init(_ fit: BodyFit) {
    let (focal, middle) = (fit.camera.focalLength, fit.camera.principalPoint)
    self.init(
      camera: [[focal.x, 0, middle.x], [0, focal.y, middle.y], [0, 0, 1]], width: fit.width,
      height: fit.height, rotations: fit.pose.rotations.map { [$0.x, $0.y, $0.z] },
      translation: [fit.pose.translation.x, fit.pose.translation.y, fit.pose.translation.z])
  }
}
