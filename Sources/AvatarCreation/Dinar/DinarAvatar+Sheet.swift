import Avatar
import Compute
import Media

extension DinarAvatar {
  /// How a person was made, on one page: what the networks saw, the fit over it, the texture as the photo
  /// shows it and as it was completed, and the avatar from the front, its left and behind.
  ///
  /// - Parameter path: the avatar's file.
  public func sheet(_ texture: DinarTexture, avatar path: String) throws -> Picture {
    let height = 384
    func scaled(_ picture: Picture) throws -> Picture {
      try picture.resampled(
        width: max(1, picture.width * height / max(picture.height, 1)), height: height,
        filter: .bilinear, pool: pool)
    }
    let person = try Person(
      avatar: path, checkpoint: settings.embedsWeights ? nil : settings.checkpoint, assets: assets,
      pool: pool)
    let views = try ReportViews.around(person, count: 4, width: height, height: height, pool: pool)
    let known = try DinarTexture.colors(of: texture.source)
    let whole = try DinarTexture.colors(of: texture.merge.texture)
    return try ReportSheet(
      rows: [
        [
          ReportPanel(title: "photo", picture: scaled(texture.photo())),
          ReportPanel(title: "fit", picture: scaled(texture.overlay())),
          ReportPanel(title: "known texture", picture: scaled(known)),
          ReportPanel(title: "inpainted texture", picture: scaled(whole)),
        ],
        [
          ReportPanel(title: "front", picture: views[0]),
          ReportPanel(title: "left", picture: views[1]),
          ReportPanel(title: "back", picture: views[2]),
          ReportPanel(title: "right", picture: views[3]),
        ],
      ], sentences: ["\(texture.sample.name), \(settings.provenance)"] + notices
    ).picture()
  }
}

extension DinarTexture {
  /// The person on white, as it was cut out.
  func photo() throws -> Picture {
    let (side, values) = (sample.side, sample.realRGB.elements)
    let count = side * side
    let bytes = (0..<3 * count).map { index in
      UInt8(saturating: (values[index % 3 * count + index / 3] + 1) / 2 * 255)
    }
    return try Picture(width: side, height: side, channels: 3, bytes: bytes)
  }

  /// The same with the fit's silhouette over it.
  func overlay() throws -> Picture {
    let side = sample.side
    var canvas = Canvas(width: side, height: side, color: .zero)
    canvas.draw(try photo(), x: 0, y: 0)
    for pixel in 0..<side * side where raster.mask[pixel] > 0 {
      canvas.blend([255, 40, 40], x: pixel % side, y: pixel / side, opacity: 0.45)
    }
    return try canvas.picture()
  }
}
