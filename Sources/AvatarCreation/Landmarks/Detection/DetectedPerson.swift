/// A person that was found in a picture.
public struct DetectedPerson: Sendable {
  /// Left, top, right and bottom of the square about the whole body, pixels.
  public let box: SIMD4<Float>
  /// How sure it is that this is a person, 0.5 to 1.
  public let score: Float
  /// Middle of the hips and a point on the circle around the body; middle of the shoulders and the same
  /// for the upper body. Pixels.
  let points: [SIMD2<Double>]
  /// What the body's network looks at first.
  let region: Region

  /// Side of the square in sides of the circle's.
  private static let margin = 1.25

  /// - Parameter whole: what the detector has looked at.
  init?(_ detection: Detection, in whole: Region) {
    guard detection.points.count >= 2 else { return nil }
    points = detection.points.map { whole.point(SIMD2<Double>($0)) }
    region = Region(
      centre: points[0], towards: points[1], target: .pi / 2, scale: Self.margin)
    guard region.side.isFinite, region.side > 0 else { return nil }
    score = detection.score
    let half = Float(region.side / Self.margin / 2)
    let centre = SIMD2<Float>(points[0]) + 0.5
    box = SIMD4(lowHalf: centre - half, highHalf: centre + half)
  }

  /// The same person seen in another region, of a picture turned by quarters.
  init(_ other: DetectedPerson, region: Region, in turned: (SIMD2<Double>) -> SIMD2<Double>) {
    points = other.points.map(turned)
    score = other.score
    self.region = region
    let half = other.size / 2
    let centre = SIMD2<Float>(points[0]) + 0.5
    box = SIMD4(lowHalf: centre - half, highHalf: centre + half)
  }

  /// Diameter of the circle around the body, pixels.
  public var size: Float { box.z - box.x }
}
