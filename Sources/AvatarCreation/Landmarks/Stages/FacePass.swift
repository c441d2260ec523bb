import Compute
import Foundation
import SMPLX

/// A face, looked for about the face's landmarks of a body.
struct FacePass: Sendable {
  let region: Region
  /// Pixels.
  let face: PersonLandmarks.Face

  static let leastConfidence: Float = 0.5

  /// Detects a face about the landmarks, then looks for its mesh; nil where none is detected (masks, backs
  /// of heads, heads upside down).
  init?(_ photo: Photo, body: BodyPass, detector: LandmarkPlan, network: LandmarkPlan) throws {
    guard let first = Self.firstRegion(of: body) else { return nil }
    try detector.run(photo, first, border: .black)
    let found = Detection.all(
      boxes: detector.values("boxes"), scores: detector.values("scores"), anchors: Anchors.face,
      size: detector.network.inputSize)
    guard let best = found.first, best.points.count >= 2,
      let region = Self.region(of: best.points.map { first.point(SIMD2<Double>($0)) })
    else { return nil }
    try network.run(photo, region)
    guard let logit = network.values("flag").first else { return nil }
    self.region = region
    face = PersonLandmarks.Face(
      points: network.points("landmarks").map(region.point),
      confidence: Detection.probability(logit))
  }

  /// A square of three times the extent of nose, eyes, ears and mouth.
  private static func firstRegion(of body: BodyPass) -> Region? {
    let (low, high) = extent((0...10).map(body.place))
    return Region(
      centre: (low + high) / 2, side: 3 * (high - low).max(),
      angle: angle(from: body.place(5), to: body.place(2))
    ).usable
  }

  /// A square of twice the extent of eyes (first right, then left), nose, mouth and ears, a little higher.
  private static func region(of points: [SIMD2<Double>]) -> Region? {
    let (low, high) = extent(points)
    var region = Region(
      centre: (low + high) / 2, side: 2 * (high - low).max(),
      angle: angle(from: points[0], to: points[1]))
    region.move(down: -0.1 * (high.y - low.y))
    return region.usable
  }

  private static func extent(_ points: [SIMD2<Double>]) -> (SIMD2<Double>, SIMD2<Double>) {
    points.reduce((points[0], points[0])) { (pointwiseMin($0.0, $1), pointwiseMax($0.1, $1)) }
  }

  private static func angle(from one: SIMD2<Double>, to other: SIMD2<Double>) -> Double {
    let offset = other - one
    return Region.wrapped(0 - atan2(-offset.y, offset.x))
  }
}
