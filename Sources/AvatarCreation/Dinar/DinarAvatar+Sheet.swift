import Avatar
import Compute
import Media

extension DinarAvatar {
  /// Pixels of a panel, photos in a row, and pixels of theirs where one row of large ones is too short.
  private static let side = 384
  private static let largeColumns = 4
  private static let smallColumns = 8
  private static let smallSide = 187

  /// How a person was made, on one page: what the networks saw of each photo with fit and mask, the texture
  /// as the photos show it and as it was completed, and the avatar from the front, its left, behind and its
  /// right.
  ///
  /// - Parameters:
  ///   - path: the avatar's file.
  ///   - name: of the person; nil for the photo's.
  public func sheet(
    _ texture: DinarTexture, avatar path: String, name: String? = nil
  ) throws -> Picture {
    let person = try Person(
      avatar: path, checkpoint: settings.embedsWeights ? nil : settings.checkpoint, assets: assets,
      pool: pool)
    let views = try ReportViews.around(
      person, count: 4, width: Self.side, height: Self.side, pool: pool)
    let known = try DinarTexture.colors(of: texture.source)
    let whole = try DinarTexture.colors(of: texture.merge.texture)
    let textures = [
      ReportPanel(title: "known texture", picture: try scaled(known, Self.side)),
      ReportPanel(title: "inpainted texture", picture: try scaled(whole, Self.side)),
    ]
    var rows = try photoRows(texture)
    if texture.photos.count == 1, rows.count == 1 {
      rows[0] += textures
    } else {
      rows.append(textures)
    }
    rows.append(
      zip(["front", "left", "back", "right"], views).map {
        ReportPanel(title: $0, picture: $1)
      })
    let count = texture.photos.count
    return try ReportSheet(
      rows: rows,
      sentences: [
        "\(name ?? texture.sample.name), \(settings.provenance(photos: count))"
      ] + notices
    ).picture()
  }

  /// Each photo beside its fit, or, with several, above it.
  private func photoRows(_ texture: DinarTexture) throws -> [[ReportPanel]] {
    let photos = texture.photos
    if photos.count == 1 {
      return [
        [
          ReportPanel(title: "photo", picture: try scaled(photos[0].picture(), Self.side)),
          ReportPanel(title: "fit", picture: try scaled(photos[0].overlay(pool), Self.side)),
        ]
      ]
    }
    let isLarge = photos.count <= Self.largeColumns
    let side = isLarge ? Self.side : Self.smallSide
    let columns = isLarge ? Self.largeColumns : Self.smallColumns
    let all = max(photos.reduce(0) { $0 + $1.texels }, 1)
    let letters = side / ReportSheet.letterWidth
    let panels = try photos.map { photo in
      let share = " \(Int(saturating: 100 * Double(photo.texels) / Double(all))) %"
      let name = photo.sample.name.prefix(max(letters - share.count, 0))
      return ReportPanel(
        title: name + share,
        pictures: [try scaled(photo.picture(), side), try scaled(photo.overlay(pool), side)])
    }
    return stride(from: 0, to: panels.count, by: columns).map {
      Array(panels[$0..<min($0 + columns, panels.count)])
    }
  }

  private func scaled(_ picture: Picture, _ height: Int) throws -> Picture {
    try picture.resampled(
      width: max(1, picture.width * height / max(picture.height, 1)), height: height,
      filter: .bilinear, pool: pool)
  }
}

extension DinarTexture.Photo {
  /// The person on white, as it was cut out.
  func picture() throws -> Picture {
    let (side, values) = (sample.side, sample.realRGB.elements)
    let count = side * side
    let bytes = (0..<3 * count).map { index in
      UInt8(saturating: (values[index % 3 * count + index / 3] + 1) / 2 * 255)
    }
    return try Picture(width: side, height: side, channels: 3, bytes: bytes)
  }

  /// The same with the outlines of fit and mask.
  func overlay(_ pool: WorkerPool) throws -> Picture {
    try DinarOverlay.picture(
      of: picture(), fit: raster.mask.map { $0 > 0 }, mask: sample.mask.elements.map { $0 > 0 },
      pool: pool)
  }
}
