import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct PhotoTextureTests {
  @Test func aPlainPersonGetsOneColourAndNothingOfTheBackground() throws {
    let person = try TexturePerson()
    let photo = person.photo { _ in (90, 140, 60) }
    let made = try PhotoTexture.make(
      photo: photo, matte: person.matte, body: person.model, fit: person.fit, size: 512,
      pool: person.pool)
    #expect(made.size == 512)
    #expect(made.pixels.count == 3 * 512 * 512)
    #expect(made.known.count == 512 * 512)
    let shape = try ShapedBody(model: person.model)
    let surface = try BodySurface(shape, pool: person.pool)
    let atlas = try AtlasTexels(model: person.model, size: 512, pool: person.pool)
    var (known, off, pink) = (0, 0, 0)
    for texel in 0..<atlas.count {
      let place = Int(atlas.places[texel])
      if made.known[place] > 127 { known += 1 }
      let region = surface.regions[Int(atlas.corners[3 * Int(atlas.faces[texel])])]
      switch region {
      case .leftEye, .rightEye, .socket, .mouth: continue
      default: break
      }
      let (r, g, b) = (
        Int(made.pixels[3 * place]), Int(made.pixels[3 * place + 1]),
        Int(made.pixels[3 * place + 2])
      )
      if min(r, b) > g + 40 { pink += 1 }
      // Soles and the folds of ears are darker, hair has strands.
      switch region {
      case .leftFoot, .rightFoot, .head, .scalp, .face: continue
      default: if max(abs(r - 90), abs(g - 140), abs(b - 60)) > 12 { off += 1 }
      }
    }
    #expect(pink == 0)
    #expect(off < atlas.count / 200)
    #expect(known > atlas.count / 8)
    #expect(known < atlas.count / 2)
  }

  @Test func bandsGoRoundAtTheirHeight() throws {
    let person = try TexturePerson()
    let shape = try ShapedBody(model: person.model)
    let surface = try BodySurface(shape, pool: person.pool)
    // Trousers below the hips, a shirt above.
    let hips = surface.joints[0].y
    let faces = person.model.faces
    func isShirt(_ height: Float) -> Bool { height > hips }
    let photo = person.photo { triangle in
      isShirt(surface.rest[Int(faces[3 * triangle])].y) ? (220, 210, 200) : (40, 50, 90)
    }
    let made = try PhotoTexture.make(
      photo: photo, matte: person.matte, body: person.model, fit: person.fit, size: 512,
      pool: person.pool)
    let atlas = try AtlasTexels(model: person.model, size: 512, pool: person.pool)
    var (right, wrong) = (0, 0)
    for texel in 0..<atlas.count {
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      let place = atlas.interpolate(surface.rest.pointer, texel)
      guard surface.groups[corner][BodyGroup.trunk.rawValue] > 0.9, place.y < hips + 0.3,
        abs(place.y - hips) > 0.03, surface.normals[corner].z < -0.3
      else { continue }
      let level = Int(made.pixels[3 * Int(atlas.places[texel])])
      if (level > 130) == isShirt(place.y) { right += 1 } else { wrong += 1 }
    }
    #expect(right > 500)
    #expect(wrong < right / 50)
  }

  @Test func theBytesDoNotDependOnTheThreads() throws {
    var first: PhotoTexture?
    for threads in [1, 2, 5] {
      let person = try TexturePerson(pool: WorkerPool(threads: threads))
      let made = try PhotoTexture.make(
        photo: person.photo { ($0 & 1 == 0) ? (200, 120, 90) : (60, 110, 160) },
        matte: person.matte, body: person.model, fit: person.fit, size: 128, pool: person.pool)
      if let first {
        #expect(first.pixels == made.pixels)
        #expect(first.known == made.known)
      } else {
        first = made
      }
    }
  }

  @Test func whatDoesNotFitIsSaid() throws {
    let person = try TexturePerson()
    let photo = person.photo { _ in (90, 140, 60) }
    func error(_ matte: Matte, _ fit: BodyFit, size: Int = 128) -> ProgramError? {
      do {
        _ = try PhotoTexture.make(
          photo: photo, matte: matte, body: person.model, fit: fit, size: size, pool: person.pool)
        return nil
      } catch {
        return error as? ProgramError
      }
    }
    let small = Matte(width: 2, height: 2, coverage: [1, 1, 1, 1])
    #expect(error(small, person.fit)?.code == .dataError)
    #expect(error(person.matte, person.fit, size: 10)?.code == .usage)
    var empty = person.matte
    for pixel in empty.coverage.indices { empty.coverage[pixel] = 0 }
    #expect(error(empty, person.fit)?.code == .dataError)
    empty.coverage[0] = .nan
    #expect(error(empty, person.fit)?.code == .dataError)
    var elsewhere = person.fit
    elsewhere.pose.translation.x = 100
    #expect(error(person.matte, elsewhere)?.code == .dataError)
    elsewhere.width += 1
    #expect(error(person.matte, elsewhere)?.code == .dataError)
  }

  @Test func makingCanBeCancelled() throws {
    let person = try TexturePerson()
    var stages: [String] = []
    #expect(throws: ProgramError.self) {
      _ = try PhotoTexture.make(
        photo: person.photo { _ in (90, 140, 60) }, matte: person.matte, body: person.model,
        fit: person.fit, size: 128, pool: person.pool
      ) { stage in
        stages.append(stage)
        return stages.count < 3
      }
    }
    #expect(stages.count == 3)
  }
}
