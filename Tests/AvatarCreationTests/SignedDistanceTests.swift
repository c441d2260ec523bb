/// Distances to the outline of a region against the closed form of a disc and against brute force.
import Compute
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct SignedDistanceTests {
  @Test func squaredDistancesAreThoseOfBruteForce() {
    var random = SeededGenerator(state: 5)
    let (width, height) = (23, 17)
    let isSet = (0..<width * height).map { _ in random.next() % 19 == 0 }
    let found = squaredDistances(isSet, width: width, height: height)
    for pixel in isSet.indices {
      let expected = isSet.indices.filter { isSet[$0] }.map { other in
        let (dx, dy) = (other % width - pixel % width, other / width - pixel / width)
        return Float(dx * dx + dy * dy)
      }.min()
      #expect(found[pixel] == expected)
    }
  }

  @Test func aDiscHasItsDistance() throws {
    let (width, height) = (101, 91)
    let centre = SIMD2(50.5, 45.5)
    func distance(_ p: SIMD2<Double>) -> Double {
      ((p - centre) * (p - centre)).sum().squareRoot() - 30
    }
    let inside = (0..<width * height).map {
      distance(SIMD2(Double($0 % width) + 0.5, Double($0 / width) + 0.5)) < 0
    }
    let field = SignedDistance(inside, width: width, height: height)
    for point in [SIMD2(70.2, 50.1), SIMD2(20.3, 30.7), SIMD2(50.5, 12.0), SIMD2(90.0, 80.0)] {
      let (value, gradient) = try #require(field.sample(point))
      #expect(abs(value - distance(point)) < 0.6)
      let outwards = (point - centre) / (distance(point) + 30)
      #expect((gradient * outwards).sum() > 0.9)
    }
    #expect(field.sample(SIMD2(0.2, 5)) == nil)
    #expect(field.sample(SIMD2(.nan, 5)) == nil)
  }

  @Test func theLargestPieceIsKept() {
    var inside = [
      true, true, false, true,
      false, true, false, true,
      false, false, false, false,
    ]
    keepLargestPiece(&inside, width: 4, height: 3)
    #expect(
      inside == [
        true, true, false, false,
        false, true, false, false,
        false, false, false, false,
      ])
  }
}
