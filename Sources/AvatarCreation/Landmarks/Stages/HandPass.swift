import Compute
import Foundation
import SMPLX

/// A hand, looked for about the wrist of a body.
struct HandPass: Sendable {
  let firstRegion: Region
  let region: Region
  /// Pixels.
  let hand: PersonLandmarks.Hand

  /// A wrist that is less visible is not looked at.
  private static let leastVisibility: Float = 0.1
  static let leastConfidence: Float = 0.5

  /// Landmarks of the body by side.
  private static func landmarks(isLeft: Bool) -> (wrist: Int, little: Int, index: Int) {
    isLeft ? (15, 17, 19) : (16, 18, 20)
  }

  /// A region about the hand from the body's landmarks.
  static func firstRegion(of body: BodyPass, isLeft: Bool) -> Region? {
    let (wrist, little, index) = landmarks(isLeft: isLeft)
    guard body.points[wrist].visibility >= leastVisibility else { return nil }
    let middle = (body.place(index) * 2 + body.place(little)) / 3
    // The distance is the middle's from the wrist, and the fingers point up.
    let offset = middle - body.place(wrist)
    return Region(
      centre: middle, towards: middle + offset, target: .pi / 2, scale: 2.7, shift: -0.1
    ).usable
  }

  /// Corrects the region, then looks for the landmarks; nil where no hand is there.
  init?(
    _ photo: Photo, body: BodyPass, isLeft: Bool, finder: LandmarkPlan, network: LandmarkPlan
  ) throws {
    guard let first = Self.firstRegion(of: body, isLeft: isLeft) else { return nil }
    try finder.run(photo, first)
    let values = finder.values("points").map { Double($0 / finder.size) }
    guard values.count == 4 else { return nil }
    let found = Region(
      centre: first.point(SIMD2(values[0], values[1])),
      towards: first.point(SIMD2(values[2], values[3])), target: -.pi / 2, scale: 1, shift: -0.1)
    guard let region = found.usable else { return nil }
    try network.run(photo, region)
    guard let flag = network.values("flag").first else { return nil }
    let points = network.points("landmarks").map { point in
      region.point(SIMD3(point.x, point.y, point.z / 0.4))
    }
    let world = LandmarkPlan.triples(network.values("world")).map(region.turned)
    firstRegion = first
    self.region = region
    hand = PersonLandmarks.Hand(points: points, world: world, confidence: flag)
  }
}

extension Region {
  /// The region if it has a size that can be looked at.
  var usable: Region? {
    side.isFinite && side > 0 && centre.x.isFinite && centre.y.isFinite ? self : nil
  }
}
