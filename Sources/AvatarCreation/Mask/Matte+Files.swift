import Compute
import Media

extension Matte {
  /// What a photo's own alpha says; nil for one without.
  init?(alphaOf photo: Photo) {
    guard let alpha = photo.alpha else { return nil }
    self.init(
      width: photo.width, height: photo.height, coverage: alpha.map { Float($0) / 255 })
  }

  /// A picture of a photo's proportions: white, or opaque, where the person is.
  package init(maskFile path: String, of photo: Photo, pool: WorkerPool) throws {
    let picture = try PictureFile.read(path: path).converted(toBitDepth: 8)
    let ratio =
      Double(picture.width) * Double(photo.height) / (Double(picture.height) * Double(photo.width))
    guard abs(ratio - 1) < 0.01 else {
      throw ProgramError(
        .dataError, "the mask is of another picture", file: path,
        expected: "the photo's \(photo.width) x \(photo.height)",
        found: "\(picture.width) x \(picture.height)")
    }
    var values = picture.converted(toChannels: 1).bytes()
    if picture.hasAlpha {
      let (samples, step) = (picture.bytes(), picture.channels)
      let alpha = values.indices.map { samples[$0 * step + step - 1] }
      if alpha.contains(where: { $0 < 128 }) { values = alpha }
    }
    guard values.contains(where: { $0 > 127 }) else {
      throw ProgramError(
        .dataError, "the mask leaves nothing of the photo", file: path,
        expected: "white where the person is")
    }
    self.init(
      width: picture.width, height: picture.height, coverage: values.map { Float($0) / 255 })
    self = resized(width: photo.width, height: photo.height, pool: pool)
  }
}
