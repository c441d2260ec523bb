/// Distances to the outline of a region against the closed form of a disc.
import Compute
import Testing

@testable import AvatarCreation

@Suite struct SignedDistanceTests {
  @Test func aDiscHasItsDistance() throws {
    let (width, height) = (101, 91)
    let centre = SIMD2(50.5, 45.5)
    func distance(_ p: SIMD2<Double>) -> Double {
      ((p - centre) * (p - centre)).sum().squareRoot() - 30
    }
    let inside = (0..<width * height).map {
      distance(SIMD2(Double($0 % width) + 0.5, Double($0 / width) + 0.5)) < 0
    }
    let field = SignedDistance(
      inside, width: width, height: height, pool: WorkerPool(threads: 2))
    for point in [SIMD2(70.2, 50.1), SIMD2(20.3, 30.7), SIMD2(50.5, 12.0), SIMD2(90.0, 80.0)] {
      let (value, gradient) = try #require(field.sample(point))
      #expect(abs(value - distance(point)) < 0.6)
      let outwards = (point - centre) / (distance(point) + 30)
      #expect((gradient * outwards).sum() > 0.9)
    }
    #expect(field.sample(SIMD2(0.2, 5)) == nil)
    #expect(field.sample(SIMD2(.nan, 5)) == nil)
  }

  /// All or nothing inside: the outline is beyond every pixel, and numbers stay numbers.
  @Test(arguments: [true, false]) func withoutAnOutline(_ isInside: Bool) throws {
    let field = SignedDistance(
      [Bool](repeating: isInside, count: 48), width: 8, height: 6, pool: WorkerPool(threads: 1))
    let (value, gradient) = try #require(field.sample(SIMD2(4, 3)))
    #expect(abs(abs(value) - 14) < 1e-3 && (value < 0) == isInside)
    #expect((gradient * gradient).sum() < 1e-6)
  }
}
