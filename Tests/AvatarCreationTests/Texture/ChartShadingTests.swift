import Compute
import Foundation
import SMPLX
import Testing

@testable import AvatarCreation

/// The light and shade of a chest do not come round to the back.
@Suite struct ChartShadingTests {
  /// How far the levels of the trunk's front and back lie from their means.
  private func deviations(
    _ level: (SIMD3<Float>, BodySurface) -> Float
  ) throws -> (front: Float, back: Float) {
    let person = try TexturePerson()
    let surface = try BodySurface(try ShapedBody(model: person.model), pool: person.pool)
    let faces = person.model.faces
    let photo = person.photo { triangle in
      let sum = (0..<3).reduce(SIMD4<Float>.zero) {
        $0 + surface.rest[Int(faces[3 * triangle + $1])]
      }
      let value = UInt8(saturating: level(SIMD3(sum.x, sum.y, sum.z) / 3, surface))
      return (value, value, value)
    }
    let made = try PhotoTexture.make(
      photo: photo, matte: person.matte, body: person.model, fit: person.fit, size: 512,
      pool: person.pool)
    let atlas = try AtlasTexels(model: person.model, size: 512, pool: person.pool)
    var levels: [[Float]] = [[], []]
    for texel in 0..<atlas.count {
      let rest = atlas.interpolate(surface.rest.pointer, texel)
      guard atlas.interpolate(surface.groups.pointer, texel)[BodyGroup.trunk.rawValue] > 0.95,
        rest.y < surface.joints[12].y - 0.2, rest.y > surface.joints[0].y + 0.1,
        abs(rest.x) < 0.1
      else { continue }
      let normal = atlas.interpolate(surface.normals.pointer, texel).z
      let value = Float(made.pixels[3 * Int(atlas.places[texel])])
      if normal > 0.5 { levels[0].append(value) }
      if normal < -0.5 { levels[1].append(value) }
    }
    let found = levels.map { values -> Float in
      let mean = values.reduce(0, +) / Float(max(values.count, 1))
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Float(max(values.count, 1))).squareRoot()
    }
    return (found[0], found[1])
  }

  @Test func aShadowOnTheChestStaysThere() throws {
    // Twenty-five levels darker in the middle of the chest.
    let found = try deviations { place, surface in
      let middle = surface.joints[9]
      let d = SIMD2(place.x - middle.x, place.y - middle.y) / 0.04
      return 180 - 25 * exp(-0.5 * (d * d).sum())
    }
    #expect(found.front > 2)
    #expect(found.back < 0.5 * found.front)
  }

  @Test func bandsAreNoShade() throws {
    let found = try deviations { place, surface in
      (Int((place.y - surface.joints[0].y + 2) / 0.06) & 1) == 0 ? 190 : 150
    }
    #expect(found.front > 14)
    #expect(found.back > 0.8 * found.front)
  }
}
