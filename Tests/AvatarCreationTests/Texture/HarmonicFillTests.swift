import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct HarmonicFillTests {
  /// What becomes of a guess of 150 around a temple, of which two centimetres are seen at `level`.
  ///
  /// - Returns: of the unseen part within a centimetre of the seen one, the mean.
  private func around(_ level: Float, glasses: Float = 1) throws -> Float {
    let pool = WorkerPool(threads: 2)
    let model = try TexturePerson.model()
    let body = try BodySurface(ShapedBody(model: model), pool: pool)
    let atlas = try AtlasTexels(model: model, size: 256, pool: pool)
    let beside = body.joints[23] + [0.035, 0, 0]
    func place(_ vertex: Int) -> SIMD3<Float> {
      SIMD3(body.rest[vertex].x, body.rest[vertex].y, body.rest[vertex].z)
    }
    let head = (0..<body.vertexCount).filter {
      body.regions[$0] == .face || body.regions[$0] == .head
    }
    let middle = place(
      try #require(head.min { (place($0) - beside).length < (place($1) - beside).length }))
    func distance(_ texel: Int) -> Float {
      let place = atlas.interpolate(body.rest.pointer, texel)
      return (SIMD3(place.x, place.y, place.z) - middle).length
    }
    let person = try TexturePerson(pool: pool)
    let pose = try PosedSurface.Pose(ShapedBody(model: model), fit: person.fit, pool: pool)
    let photo = WorkingPhoto(
      person.photo { _ in (150, 150, 150) }, matte: person.matte, box: pose.box, pool: pool)
    let posed = try PosedSurface(
      pose, model: model, photo: photo, camera: person.fit.camera, pool: pool)
    let seen = SeenTexels(
      atlas, body: body, posed: posed, photo: photo, spline: PhotoSpline(photo, pool: pool),
      shift: nil, pool: pool)
    let filled = Plane<SIMD4<Float>>(
      count: atlas.count, filledWith: SIMD4(150, 150, 150, 1))
    for texel in 0..<atlas.count {
      let isSeen = distance(texel) < 0.02
      seen.colors[texel] = SIMD4(level, level, level, isSeen ? 1 : 0)
    }
    HarmonicFill.fill(seen, over: filled, atlas: atlas, body: body, glasses: glasses, pool: pool)
    let near = (0..<atlas.count).filter { (0.021..<0.028).contains(distance($0)) }
    #expect(near.count > 10)
    return near.reduce(0) { $0 + filled[$1].x } / Float(near.count)
  }

  @Test func stepsOfLightAreSpreadAndThoseOfOtherThingsAreNot() throws {
    let light = try around(140)
    #expect(light < 147)
    #expect(abs(try around(70) - 150) < 3)
    // Without glasses a step is the skin's.
    let skin = try around(70, glasses: 0)
    #expect(skin < 140)
  }
}
