import Compute
import SMPLX

/// Where on a head hair usually grows and where the ears are, by its rest shape.
struct HeadShape: Sendable {
  /// (V) of the outer ear.
  let isEar: [Bool]
  /// (V) how likely hair grows there where no photo says more, 0 to 1; -1 off the head.
  let hair: [Float]
  /// (V) how far to believe that: next to nothing between brow and scalp, where hairlines differ.
  let belief: [Float]
  /// (V) how much light comes into the folds of an ear, 0 to 1; 1 elsewhere.
  let openness: [Float]
  /// Metres; the height of the eyes.
  let eyes: Float
  /// Metres; the crown is the middle of whorls.
  let crown: SIMD3<Float>

  init(_ body: BodySurface) {
    let eyes = (body.joints[23] + body.joints[24]) / 2
    self.eyes = eyes.y
    let ears = body.ears
    let (isEar, top, bottom, middle) = (ears.isEar, ears.top, ears.bottom, ears.middle)
    self.isEar = isEar
    openness = Self.openness(body, isEar)
    let lobe = bottom
    let centre = (top + bottom) / 2
    hair = (0..<body.vertexCount).map { vertex in
      let place = body.rest[vertex]
      if isEar[vertex] { return 0 }
      // In front of the ear hair ends at its middle.
      let whiskers =
        smoothStep(place.y, centre - 0.004, centre + 0.010)
        * smoothStep(place.z, middle + 0.05, middle + 0.03)
      switch body.regions[vertex] {
      case .scalp: return 1
      case .face: return whiskers
      case .head:
        if place.y > top - 0.012 { return 1 }
        // The nape, to the height of the lobes.
        if place.z < middle + 0.005 { return smoothStep(place.y, lobe - 0.045, lobe - 0.015) }
        return whiskers
      case .neck: return 0
      default: return -1
      }
    }
    belief = (0..<body.vertexCount).map { vertex in
      switch body.regions[vertex] {
      case .face: body.rest[vertex].y > eyes.y + 0.02 ? 0.008 : 0.15
      case .scalp, .head, .neck: 0.15
      default: 1e-3
      }
    }
    let heights = (0..<body.vertexCount).filter { body.regions[$0] == .scalp }
      .map { body.rest[$0].y }
    crown = SIMD3(0, (heights.max() ?? eyes.y + 0.1) - 0.13, ears.front - 0.01)
  }

  /// Less where a vertex lies deeper than its neighbours.
  private static func openness(_ body: BodySurface, _ isEar: [Bool]) -> [Float] {
    let raw = isEar.indices.map { vertex -> Float in
      let around = body.adjacency[vertex]
      guard isEar[vertex], !around.isEmpty else { return 1 }
      let (place, normal) = (body.rest[vertex], body.normals[vertex])
      var (rise, length) = (Float(0), Float(0))
      for neighbour in around {
        let step = body.rest[Int(neighbour)] - place
        rise += (step * normal).sum()
        length += (step * step).sum().squareRoot()
      }
      return length > 0 ? 1 - 0.45 * smoothStep(rise / length, 0.02, 0.35) : 1
    }
    return body.smoothed(raw, steps: 1)
  }
}
