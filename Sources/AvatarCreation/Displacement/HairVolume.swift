import Compute
import Foundation
import SMPLX

/// How far hair stands out where the photo does not show it: as far as it does at the outline at the same
/// height, from ear to ear over the crown.
///
/// A head without hair has an outline of its own, and gets nothing.
struct HairVolume {
  /// How far the surface should go out, metres, and how much that counts, 0 to 1.
  struct Guess: Equatable {
    var vertex: Int
    var distance: Float
    var weight: Float
  }

  /// A vertex of the scalp or the back of the head: degrees above the middle of the head, and how far left
  /// (1) or right (-1) it is of its ring.
  struct Place: Equatable {
    var vertex: Int
    var elevation: Float
    var side: Float
  }

  let places: [Place]

  /// Degrees: how alike heights have to be, and below which hair ends.
  static let likeness: Float = 12
  static let end: (Float, Float) = (-30, -5)

  /// - Parameters:
  ///   - vertices: of the head without its face.
  ///   - eyes: the middle between them; heads are about round around a point behind it.
  init(vertices: [Int], rest: (Int) -> SIMD3<Float>, eyes: SIMD3<Float>) {
    let depths = vertices.map { rest($0).z }
    let middle = SIMD3(
      eyes.x, eyes.y, ((depths.min() ?? 0) + (depths.max() ?? 0)) / 2)
    places = vertices.map { vertex in
      let way = rest(vertex) - middle
      let level = (way.x * way.x + way.z * way.z).squareRoot()
      return Place(
        vertex: vertex, elevation: atan2(way.y, level) * 180 / .pi,
        side: way.x / max(level, 1e-6))
    }
  }

  /// - Parameters:
  ///   - outline: how far vertices on the outline go out, metres; nil for the others.
  ///   - hidden: how much a vertex is turned away from the camera, 0 to 1.
  /// - Returns: nothing where no outline of the head is seen.
  func guesses(outline: (Int) -> Float?, hidden: (Int) -> Float) -> [Guess] {
    let samples = places.compactMap { place in
      outline(place.vertex).map { (place: place, distance: $0) }
    }
    guard samples.count >= 8 else { return [] }
    return places.compactMap { place in
      let weight = hidden(place.vertex) * smoothStep(place.elevation, Self.end.0, Self.end.1)
      guard weight > 0.01 else { return nil }
      var (sum, total) = (Float(0), Float(1e-6))
      for sample in samples {
        let apart = (sample.place.elevation - place.elevation) / Self.likeness
        guard abs(apart) < 3 else { continue }
        // The near side counts more, at the middle both alike.
        let near = 1 + 0.95 * (sample.place.side * place.side).limited(to: -1...1)
        let share = exp(-apart * apart / 2) * near
        sum += share * sample.distance
        total += share
      }
      return Guess(vertex: place.vertex, distance: sum / total, weight: weight)
    }
  }
}
