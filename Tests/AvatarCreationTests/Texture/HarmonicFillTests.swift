import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct HarmonicFillTests {
  /// What becomes of a guess of 150 around the forehead, of which a part is seen at `level`.
  ///
  /// - Returns: of the unseen part within 1 cm of the seen one, the mean.
  private func around(_ level: Float) throws -> Float {
    let pool = WorkerPool(threads: 2)
    let model = try TexturePerson.model()
    let body = try BodySurface(ShapedBody(model: model), pool: pool)
    let atlas = try AtlasTexels(model: model, size: 256, pool: pool)
    let middle = (body.joints[23] + body.joints[24]) / 2 + [0, 0.05, 0.02]
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
      let isSeen = distance(texel) < 0.035
      seen.colors[texel] = SIMD4(level, level, level, isSeen ? 1 : 0)
    }
    HarmonicFill.fill(seen, over: filled, atlas: atlas, body: body, pool: pool)
    let near = (0..<atlas.count).filter { (0.036..<0.046).contains(distance($0)) }
    #expect(near.count > 20)
    return near.reduce(0) { $0 + filled[$1].x } / Float(near.count)
  }

  @Test func stepsOfLightAreSpreadAndThoseOfOtherThingsAreNot() throws {
    let light = try around(140)
    #expect(light < 147)
    #expect(abs(try around(70) - 150) < 3)
  }
}
