import Avatar
import Compute
import Media
import SMPLX

/// What became of a photo, stage by stage, for people to look at.
///
/// Stages that were not reached are nil and leave their panel out, so that a failure can be seen too.
public struct CreationReport {
  public var photo: Photo
  public var landmarks: PersonLandmarks?
  public var matte: Matte?
  public var fit: BodyFit?
  /// How far down the photo's camera looked, as the fit has it, radians.
  public var cameraPitch: Float = 0
  /// The body that was fitted, grey.
  public var body: Person?
  /// The texture as far as the photo shows it, and whole.
  public var knownTexture: Picture?
  public var texture: Picture?
  /// What the user should know of how it was made, a sentence each.
  public var notices: [String] = []
  /// The finished avatar.
  public var avatar: Person?
  /// How sure each part of the person is.
  public var remarks: [PhotoRemark] = []
  /// What the stages say of their results, a line each.
  public var results: [String] = []

  public init(photo: Photo) { self.photo = photo }

  /// The remarks that a user should not miss.
  public var warnings: [PhotoRemark] {
    remarks.filter {
      $0.certainty == .poor
        || [PhotoAssessment.personsPart, PhotoAssessment.turnedPart].contains($0.part)
    }
  }

  /// Lines below the pictures.
  private var sentences: [String] {
    remarks.filter { $0.certainty != .good }
      .map { "\($0.part): \($0.sentence.replacing("`", with: ""))" } + notices + results
  }

  /// The most that a panel of the photo measures, pixels.
  private static let largestPhoto = (width: 640, height: 600)
  private static let textureSide = 512
  private static let outside: Canvas.Color = [200, 30, 60]
  private static let viewSize = (width: 230, height: 460)

  /// One picture of everything.
  public func picture(pool: WorkerPool) throws -> Picture {
    var rows = [try photoRow(pool)]
    let textures = [("known from the photo", knownTexture), ("completed", texture)].compactMap {
      title, picture in
      picture.map { ReportPanel(title: title, picture: shrunk($0, pool)) }
    }
    var second = textures
    if let avatar {
      let views = try ReportViews.around(
        avatar, count: 8, width: Self.viewSize.width, height: Self.viewSize.height, pool: pool)
      let heads = try ReportViews.around(
        avatar, count: 8, width: Self.textureSide / 2, height: Self.textureSide / 2, focus: .head,
        pool: pool)
      second += [
        ReportPanel(title: "head", pictures: [heads[0], heads[1]]),
        ReportPanel(title: "", pictures: [heads[2], heads[4]]),
      ]
      rows.append(
        zip(["front", "", "left", "", "back", "", "right", ""], views).map {
          ReportPanel(title: $0, picture: $1)
        })
    }
    if !second.isEmpty { rows.insert(second, at: 1) }
    return try ReportSheet(rows: rows, sentences: sentences).picture()
  }

  private func photoRow(_ pool: WorkerPool) throws -> [ReportPanel] {
    let box = personBox()
    let (most, size) = (Self.largestPhoto, SIMD2(Float(box.width), Float(box.height)))
    let factor = min(Float(most.width) / size.x, Float(most.height) / size.y)
    let (width, height) = (
      max(1, Int(saturating: size.x * factor)), max(1, Int(saturating: size.y * factor))
    )
    let part = photo.cropped(to: box).resized(
      width: width, height: height, pool: pool)
    let plain = try Picture(
      width: part.width, height: part.height, channels: 3, bytes: part.pixels)
    var panels = [ReportPanel(title: "photo", picture: plain)]
    func panel(_ title: String, _ draw: (inout Canvas) throws -> Void) throws {
      var canvas = Canvas(width: width, height: height, color: [244, 245, 247])
      try draw(&canvas)
      panels.append(ReportPanel(title: title, picture: try canvas.picture()))
    }
    if let landmarks {
      try panel("landmarks") {
        $0.draw(plain, x: 0, y: 0)
        let origin = SIMD2(Float(box.left), Float(box.top))
        $0.draw(landmarks, origin: origin, factor: factor)
        $0.legend([("their left", Canvas.left), ("right", Canvas.right)], scale: 2)
      }
    }
    if let matte {
      try panel("mask") { canvas in
        canvas.draw(plain, x: 0, y: 0)
        for y in 0..<height {
          for x in 0..<width {
            let u = box.left + min(Int(saturating: Float(x) / factor, .down), box.width - 1)
            let v =
              box.top + min(Int(saturating: Float(y) / factor, .down), box.height - 1)
            let outside = 1 - matte.coverage[v * matte.width + u].limited(to: 0...1)
            canvas.blend(Self.outside, x: x, y: y, opacity: 0.8 * outside)
          }
        }
        canvas.legend([("not the person", Self.outside)], scale: 2)
      }
    }
    if let fit, let body {
      for (title, angle) in [("fit", Float(0)), ("from the right", .pi / 2)] {
        let view = try ReportViews.fit(
          fit, of: body, box: box, height: height, angle: angle, pitch: cameraPitch, pool: pool)
        try panel(title) {
          if angle == 0 { $0.draw(plain, x: 0, y: 0) }
          if angle != 0 {
            let middle = Float(width) / 2
            $0.line(
              from: [middle, 0], to: [middle, Float(height)], width: 1,
              color: [150, 150, 150])
          }
          $0.draw(view, x: 0, y: 0, opacity: angle == 0 ? 0.75 : 1)
        }
      }
    }
    return panels
  }

  /// The person with a margin; the whole photo if nobody was found.
  private func personBox() -> PixelBox {
    let points =
      landmarks.map { $0.body.map { SIMD2($0.position.x, $0.position.y) } } ?? []
    return PixelBox(around: points, margin: 0.15, width: photo.width, height: photo.height)
  }

  private func shrunk(_ picture: Picture, _ pool: WorkerPool) -> Picture {
    guard let photo = try? Photo(picture) else { return picture }
    let small = photo.scaled(toLongerSide: Self.textureSide, pool: pool)
    return
      (try? Picture(
        width: small.width, height: small.height, channels: 3, bytes: small.pixels)) ?? picture
  }
}
