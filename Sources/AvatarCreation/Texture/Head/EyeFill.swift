import Compute
import Foundation

/// Paints eyeballs, sockets and the inside of the mouth, of which photos show a few pixels at most.
enum EyeFill {
  /// Angles from the middle of the pupil, degrees.
  private static let iris: (Float, Float) = (26, 29)
  private static let pupil: (Float, Float) = (10, 12)

  /// - Parameter skin: (V) the skin's colour around.
  static func fill(
    _ seen: SeenTexels, _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    skin: Plane<SIMD4<Float>>, colors: PersonColors, pool: WorkerPool
  ) {
    let level = (colors.skin.x + colors.skin.y + colors.skin.z) / 3 / 150
    let tint = irisColor(seen, atlas: atlas, body: body)
    let (regions, rest, joints) = (body.regions, body.rest, body.joints)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
        var color: SIMD4<Float>
        switch regions[corner] {
        case .mouth: color = SIMD4(85, 38, 45, 0) * level
        case .socket: color = atlas.interpolate(skin.pointer, texel) * 0.8
        case .leftEye, .rightEye:
          let centre = joints[regions[corner] == .leftEye ? 23 : 24]
          let place = atlas.interpolate(rest.pointer, texel)
          color = eye(
            (SIMD3(place.x, place.y, place.z) - centre).normalized, iris: tint,
            level: level.limited(to: 0.55...1.15))
        default: continue
        }
        color.w = 1
        filled[texel] = color
        seen.colors[texel].w = 0
      }
    }
  }

  /// The colour of an eyeball in a direction from its middle.
  private static func eye(
    _ direction: SIMD3<Float>, iris tint: SIMD4<Float>, level: Float
  ) -> SIMD4<Float> {
    let angle = acos(direction.z.limited(to: -1...1)) * 180 / .pi
    // The upper lid's shadow.
    let shade = 1 - 0.35 * smoothStep(direction.y, 0.1, 0.5)
    var color =
      SIMD4<Float>(215, 208, 205, 0) * (level * shade * (1 - 0.1 * smoothStep(angle, 30, 60)))
    let ring =
      tint
      * ((0.8 + 0.5 * smoothStep(angle, 10, 24)) * (1 - 0.45 * smoothStep(angle, 23, 28)))
    color += (ring - color) * smoothStep(angle, iris.1, iris.0)
    color += (SIMD4(12, 12, 12, 0) - color) * smoothStep(angle, pupil.1, pupil.0)
    let highlight = SIMD3<Float>(0.25, 0.28, 0.93).normalized
    let gleam = acos(direction.dot(highlight).limited(to: -1...1)) * 180 / .pi
    color += (SIMD4(235, 235, 235, 0) * level - color) * smoothStep(gleam, 7, 4)
    return color
  }

  /// The darker third of what is seen of the eyes.
  private static func irisColor(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface
  ) -> SIMD4<Float> {
    var found: [SIMD4<Float>] = []
    for texel in 0..<atlas.count where seen.colors[texel].w > 0.3 {
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      let region = body.regions[corner]
      guard region == .leftEye || region == .rightEye else { continue }
      let centre = body.joints[region == .leftEye ? 23 : 24]
      let place = atlas.interpolate(body.rest.pointer, texel)
      if (SIMD3(place.x, place.y, place.z) - centre).normalized.z > 0.8 {
        found.append(seen.colors[texel])
      }
    }
    guard found.count > 20 else { return SIMD4(75, 55, 40, 0) }
    found.sort { $0.x + $0.y + $0.z < $1.x + $1.y + $1.z }
    let dark = found.prefix(max(found.count / 3, 1))
    let mean = dark.reduce(.zero, +) * (0.9 / Float(dark.count))
    return pointwiseMin(pointwiseMax(mean, SIMD4(repeating: 15)), SIMD4(repeating: 120))
  }
}
