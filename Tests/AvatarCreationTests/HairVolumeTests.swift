/// Hair on a ball whose outline is known.
import Compute
import Foundation
import Testing

@testable import AvatarCreation

@Suite struct HairVolumeTests {
  private static let eyes = SIMD3<Float>(0, 0.2, 0.1)

  /// A ball of 10 cm about the height of the eyes, by rings of ten degrees.
  private static let ball: [SIMD3<Float>] = stride(from: -80, through: 80, by: 10).flatMap {
    elevation in
    stride(from: 0, to: 360, by: 10).map { azimuth in
      let (e, a) = (Float(elevation) * .pi / 180, Float(azimuth) * .pi / 180)
      return SIMD3(0.1 * cos(e) * cos(a), 0.2 + 0.1 * sin(e), 0.1 * cos(e) * sin(a))
    }
  }

  private static func isOutline(_ vertex: Int) -> Bool { abs(ball[vertex].z) < 1e-4 }

  private static func guesses(_ distance: (HairVolume.Place) -> Float) -> [HairVolume.Guess] {
    let hair = HairVolume(vertices: Array(ball.indices), rest: { ball[$0] }, eyes: eyes)
    let places = Dictionary(uniqueKeysWithValues: hair.places.map { ($0.vertex, $0) })
    return hair.guesses(
      outline: { vertex in
        isOutline(vertex) ? places[vertex].map(distance) : nil
      }, hidden: { ball[$0].z < -0.01 ? 1 : 0 })
  }

  @Test func theBackIsAsThickAsTheOutline() {
    let even = Self.guesses { _ in 0.03 }
    #expect(even.count > 100)
    for guess in even {
      #expect(abs(guess.distance - 0.03) < 1e-4)
      // Behind only, and not down the neck.
      #expect(Self.ball[guess.vertex].z < 0 && Self.ball[guess.vertex].y > 0.2 - 0.051)
    }
  }

  @Test func thicknessGoesByHeightAndSide() throws {
    let slope = Self.guesses { 0.02 + 0.0002 * $0.elevation }
    let places = HairVolume(
      vertices: Array(Self.ball.indices), rest: { Self.ball[$0] }, eyes: Self.eyes
    ).places
    for guess in slope where abs(places[guess.vertex].elevation - 30) < 25 {
      #expect(abs(guess.distance - 0.02 - 0.0002 * places[guess.vertex].elevation) < 1e-4)
    }
    // A parting: the left side counts on the left, both in the middle.
    let parted = Self.guesses { $0.side > 0 ? 0.04 : 0.02 }
    let level = parted.filter { abs(places[$0.vertex].elevation - 20) < 1 }
    let leftmost = try #require(level.max { places[$0.vertex].side < places[$1.vertex].side })
    let middle = try #require(
      level.min { abs(places[$0.vertex].side) < abs(places[$1.vertex].side) })
    #expect(leftmost.distance > 0.038)
    #expect(abs(middle.distance - 0.03) < 1e-4)
  }

  @Test func headsWithoutHairStayAsTheyAre() {
    #expect(Self.guesses { _ in 0 }.allSatisfy { $0.distance == 0 })
    let unseen = HairVolume(
      vertices: Array(Self.ball.indices), rest: { Self.ball[$0] }, eyes: Self.eyes)
    #expect(unseen.guesses(outline: { $0 < 7 ? 0.03 : nil }, hidden: { _ in 1 }).isEmpty)
  }
}
