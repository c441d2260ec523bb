import Compute
import SMPLX
import Testing

@testable import AvatarCreation

/// What of the photo stays where it is seen and what goes round to the back.
@Suite struct ChartCleaningTests {
  private static let cloth: (UInt8, UInt8, UInt8) = (200, 205, 215)
  private static let ink: (UInt8, UInt8, UInt8) = (70, 40, 60)
  private static let trousers: (UInt8, UInt8, UInt8) = (40, 50, 90)

  /// A shirt above the hips, trousers below, ink where the rest body says so.
  ///
  /// - Returns: how many texels of trunk and legs are nearer to ink than to cloth and trousers: of those
  ///   seen and of those behind.
  private func ink(
    on spots: (SIMD3<Float>, BodySurface) -> (UInt8, UInt8, UInt8)?
  ) throws -> (front: Int, back: Int) {
    let person = try TexturePerson()
    let surface = try BodySurface(try ShapedBody(model: person.model), pool: person.pool)
    let faces = person.model.faces
    func place(_ triangle: Int) -> SIMD3<Float> {
      let sum = (0..<3).reduce(SIMD4<Float>.zero) {
        $0 + surface.rest[Int(faces[3 * triangle + $1])]
      }
      return SIMD3(sum.x, sum.y, sum.z) / 3
    }
    let hips = surface.joints[0].y
    let photo = person.photo { triangle in
      let place = place(triangle)
      return spots(place, surface) ?? (place.y > hips ? Self.cloth : Self.trousers)
    }
    let made = try PhotoTexture.make(
      photo: photo, matte: person.matte, body: person.model, fit: person.fit, size: 512,
      pool: person.pool)
    let atlas = try AtlasTexels(model: person.model, size: 512, pool: person.pool)
    var (front, back) = (0, 0)
    for texel in 0..<atlas.count {
      let groups = atlas.interpolate(surface.groups.pointer, texel)
      let trunk = groups[BodyGroup.trunk.rawValue] > 0.9
      let leg =
        groups[BodyGroup.leftLeg.rawValue] + groups[BodyGroup.rightLeg.rawValue] > 0.9
      let rest = atlas.interpolate(surface.rest.pointer, texel)
      let neck = surface.joints[12].y
      guard trunk && rest.y < neck - 0.1 || leg else { continue }
      let at = 3 * Int(atlas.places[texel])
      func distance(_ other: (UInt8, UInt8, UInt8)) -> Int {
        abs(Int(made.pixels[at]) - Int(other.0)) + abs(Int(made.pixels[at + 1]) - Int(other.1))
          + abs(Int(made.pixels[at + 2]) - Int(other.2))
      }
      let isInk =
        leg
        ? distance(Self.cloth) < distance(Self.trousers) && rest.y < surface.joints[1].y - 0.05
        : distance(Self.ink) < min(distance(Self.cloth), distance(Self.trousers))
      guard isInk else { continue }
      if atlas.interpolate(surface.normals.pointer, texel).z > 0 { front += 1 } else { back += 1 }
    }
    return (front, back)
  }

  private func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a - b).length }

  @Test func aBadgeStaysInFront() throws {
    let found = try ink { place, surface in
      let chest = SIMD3<Float>(0.07, surface.joints[9].y, place.z)
      return place.z > 0 && distance(place, chest) < 0.025 ? Self.ink : nil
    }
    #expect(found.front > 20)
    #expect(found.back == 0)
  }

  @Test func aPatternGoesRound() throws {
    let found = try ink { place, surface in
      // Rows and columns of spots of 3 cm, 7 cm apart.
      let (x, y) = ((place.x / 0.07).rounded() * 0.07, (place.y / 0.07).rounded() * 0.07)
      let isSpot = distance(place, SIMD3(x, y, place.z)) < 0.016
      return isSpot && place.y > surface.joints[0].y + 0.03 ? Self.ink : nil
    }
    #expect(found.front > 200)
    #expect(found.back > found.front / 4)
  }

  @Test func aHemOverAThighIsNotTheThighs() throws {
    let found = try ink { place, surface in
      let thigh = surface.joints[1] + (surface.joints[4] - surface.joints[1]) * 0.4
      let middle = SIMD3(thigh.x, thigh.y, place.z)
      return place.z > 0 && distance(place, middle) < 0.04 ? Self.cloth : nil
    }
    #expect(found.front == 0)
    #expect(found.back == 0)
  }
}
