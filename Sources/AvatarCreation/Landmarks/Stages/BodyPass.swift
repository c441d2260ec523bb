import Compute
import Foundation
import SMPLX

/// What one look of the body's network says, in the picture that it looked at.
struct BodyPass: Sendable {
  /// 33 landmarks and two that tell the next region; pixels.
  var points: [PersonLandmarks.Point]
  /// 33, metres.
  var world: [SIMD3<Float>]
  /// How likely there is a person.
  let flag: Float

  private static let landmarkCount = 39
  private static let bodyCount = 33
  /// Landmarks of the body's centre and of the circle around it.
  private static let regionPoints = (33, 34)
  /// Landmarks of the left, whose partners of the right follow after as many.
  private static let partners: [(first: Int, second: Int)] =
    [(1, 4), (2, 5), (3, 6)] + stride(from: 7, to: bodyCount, by: 2).map { ($0, $0 + 1) }

  /// Of what the network has said of a region.
  init(_ plan: LandmarkPlan, _ region: Region) throws {
    let values = plan.values("landmarks")
    let world = LandmarkPlan.triples(plan.values("world"))
    guard values.count == 5 * Self.landmarkCount, world.count == Self.landmarkCount,
      let flag = plan.values("flag").first
    else {
      throw ProgramError(
        .dataError, "the body's network gives other landmarks than it should",
        file: plan.network.fileName, expected: "\(Self.landmarkCount)",
        found: "\(values.count / 5)")
    }
    let maps = HeatMaps(plan.values("heat_maps"), landmarks: Self.landmarkCount)
    points = (0..<Self.landmarkCount).map { index in
      let value = values[5 * index..<5 * index + 5].map { $0 }
      let place = SIMD3(value[0], value[1], value[2]) / plan.size
      let refined = maps.refined(SIMD2(place.x, place.y), landmark: index)
      return PersonLandmarks.Point(
        position: region.point(SIMD3(refined, place.z)),
        visibility: Detection.probability(value[3]), presence: Detection.probability(value[4]))
    }
    self.world = world[..<Self.bodyCount].map(region.turned)
    self.flag = flag
  }

  func place(_ landmark: Int) -> SIMD2<Double> {
    SIMD2(Double(points[landmark].position.x), Double(points[landmark].position.y))
  }

  /// The region of the next look.
  ///
  /// - Parameter scale: side over the diameter of the circle around the body.
  func region(scale: Double) -> Region {
    Region(
      centre: place(Self.regionPoints.0), towards: place(Self.regionPoints.1), target: .pi / 2,
      scale: scale)
  }

  /// The same of the mirror image, left and right exchanged.
  func mirrored(width: Int) -> BodyPass {
    var result = self
    for (first, second) in Self.partners {
      result.points.swapAt(first, second)
      result.world.swapAt(first, second)
    }
    for index in points.indices {
      result.points[index].position.x = Float(width - 1) - result.points[index].position.x
    }
    for index in world.indices { result.world[index].x.negate() }
    return result
  }

  /// The body's 33 landmarks as the mean of two looks.
  func mean(
    with other: BodyPass
  ) -> (points: [PersonLandmarks.Point], world: [SIMD3<Float>]) {
    let points = zip(points, other.points).prefix(Self.bodyCount).map { one, two in
      PersonLandmarks.Point(
        position: (one.position + two.position) / 2,
        visibility: (one.visibility + two.visibility) / 2,
        presence: (one.presence + two.presence) / 2)
    }
    return (points, zip(world, other.world).map { ($0 + $1) / 2 })
  }
}
