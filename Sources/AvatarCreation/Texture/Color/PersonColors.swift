import Compute

/// The usual colours of a person's skin and hair.
struct PersonColors: Sendable {
  let skin: SIMD4<Float>
  /// The skin's where no hair is seen.
  let hair: SIMD4<Float>
  /// How far the photo's hair differs from its surroundings: standard deviation of strands, sRGB levels.
  let hairContrast: Float
  private let skinLab: SIMD3<Float>
  private let hairLab: SIMD3<Float>

  /// Below this distance of hair and skin they cannot be told apart.
  private static let leastDifference: Float = 12

  init(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface, posed: PosedSurface,
    photo: WorkingPhoto
  ) {
    func isOn(_ texel: Int, _ region: BodyRegion) -> Bool {
      let corner = atlas.corners.pointer + 3 * Int(atlas.faces[texel])
      return (0..<3).allSatisfy { body.regions[Int(corner[$0])] == region }
    }
    var face: [SIMD4<Float>] = []
    for texel in 0..<atlas.count
    where seen.colors[texel].w > 0.7 && isOn(texel, .face) {
      face.append(seen.colors[texel])
    }
    // The brighter half: beard, glasses and shadows are in the other.
    face.sort { $0.x + $0.y + $0.z > $1.x + $1.y + $1.z }
    // Medium skin, for whoever shows none.
    skin =
      PerceptualColor.median(Array(face.prefix(face.count * 2 / 3))) ?? SIMD4(190, 150, 130, 1)
    let places = Self.hairPixels(body, posed, photo)
    hair = PerceptualColor.median(places.map { photo.colors[$0] }) ?? skin
    var squares: Float = 0
    for place in places {
      let pixel = photo.colors[place]
      var mean = SIMD4<Float>.zero
      var count: Float = 0
      for row in -2...2 {
        for column in -2...2 {
          let other = place + row * photo.width + column
          guard other >= 0, other < photo.width * photo.height else { continue }
          mean += photo.colors[other]
          count += 1
        }
      }
      let step = pixel - mean / count
      let level = (step.x + step.y + step.z) / 3
      squares += level * level
    }
    let deviation = (squares / Float(max(places.count, 1))).squareRoot()
    hairContrast = places.isEmpty ? 0 : deviation.limited(to: 1.5...10)
    skinLab = PerceptualColor.lab(skin)
    hairLab = PerceptualColor.lab(hair)
  }

  /// Pixels of the scalp, and of the person above it: hair stands higher than the body's head.
  private static func hairPixels(
    _ body: BodySurface, _ posed: PosedSurface, _ photo: WorkingPhoto
  ) -> [Int] {
    var (low, high) = (
      SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity)
    )
    for vertex in 0..<body.vertexCount where body.regions[vertex] == .scalp {
      let place = posed.project(posed.positions[vertex])
      (low, high) = (pointwiseMin(low, place), pointwiseMax(high, place))
    }
    guard low.x <= high.x else { return [] }
    let above = 0.4 * (high.x - low.x)
    let left = max(0, Int(saturating: low.x))
    let right = min(photo.width - 1, Int(saturating: high.x))
    let top = max(0, Int(saturating: low.y - above))
    let bottom = min(photo.height - 1, Int(saturating: high.y))
    guard left <= right, top <= bottom else { return [] }
    var result: [Int] = []
    for row in top...bottom {
      for column in left...right {
        let place = row * photo.width + column
        guard photo.trust[place] > 0.6 else { continue }
        let triangle = Int(posed.triangles[place])
        let isHair =
          triangle >= 0
          ? body.regions[Int(body.model.faces[3 * triangle])] == .scalp
          : Float(row) < low.y + above
        if isHair { result.append(place) }
      }
    }
    return result
  }

  /// How far a colour is hair rather than skin, 0 to 1; 0.5 where they are alike.
  func hairShare(_ lab: SIMD3<Float>) -> Float {
    guard Self.distance(skinLab, hairLab) > Self.leastDifference else { return 0.5 }
    return smoothStep(Self.distance(lab, skinLab) - Self.distance(lab, hairLab), -5, 5)
  }

  func distanceToSkin(_ lab: SIMD3<Float>) -> Float { Self.distance(lab, skinLab) }
  func distanceToHair(_ lab: SIMD3<Float>) -> Float { Self.distance(lab, hairLab) }

  static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a - b).length }
}
