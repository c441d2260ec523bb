import Compute
import Foundation
import SMPLX
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct TextureStageTests {
  private struct Stage {
    let person: TexturePerson
    let surface: BodySurface
    let working: WorkingPhoto
    let posed: PosedSurface

    init(_ color: (Int) -> (UInt8, UInt8, UInt8)) throws {
      person = try TexturePerson()
      let shape = try ShapedBody(model: person.model)
      surface = try BodySurface(shape, pool: person.pool)
      let pose = try PosedSurface.Pose(shape, fit: person.fit, pool: person.pool)
      working = WorkingPhoto(
        person.photo(color), matte: person.matte, box: pose.box, pool: person.pool)
      posed = try PosedSurface(
        pose, model: person.model, photo: working, camera: person.fit.camera, pool: person.pool)
    }
  }

  @Test func twinsByPlaceAreTheFilesTwins() throws {
    let stage = try Stage { _ in (90, 140, 60) }
    let rest = stage.surface.rest
    let found = BodyModel.nearestTwins(
      (0..<rest.count).map { SIMD3(rest[$0].x, rest[$0].y, rest[$0].z) })
    for (vertex, twin) in found.enumerated() {
      let difference = rest[twin] - rest[stage.surface.mirror[vertex]]
      #expect((difference * difference).sum() < 1e-8)
    }
  }

  @Test func groupsShareEveryVertex() throws {
    let stage = try Stage { _ in (90, 140, 60) }
    for vertex in 0..<stage.surface.vertexCount {
      #expect(abs(stage.surface.groups[vertex].sum() - 1) < 1e-4)
    }
  }

  @Test func faceFollowsItsLandmarks() throws {
    let stage = try Stage { _ in (90, 140, 60) }
    let (posed, working, model) = (stage.posed, stage.working, stage.person.model)
    // All landmarks where the fit has them, but for a shift.
    let shift = SIMD2<Float>(2, -1.5)
    var points = [SIMD3<Float>](repeating: .zero, count: 468)
    let numbers = LandmarkTable.face
    for (index, landmark) in model.landmarks.enumerated() {
      var place = SIMD4<Float>.zero
      for k in 0..<3 { place += posed.positions[Int(landmark.vertices[k])] * landmark.weights[k] }
      let pixel = (posed.project(place) + working.origin) / working.scale + shift
      points[numbers[index]] = SIMD3(pixel.x, pixel.y, 0)
    }
    // The rest of the mesh only says how high the face is.
    let centre = points[1] == .zero ? points[numbers[10]] : points[1]
    for index in points.indices where points[index] == .zero { points[index] = centre }
    points[10] = centre - SIMD3(0, 30, 0)
    points[152] = centre + SIMD3(0, 30, 0)
    let body = [PersonLandmarks.Point](
      repeating: .init(position: .zero, visibility: 1, presence: 1), count: 33)
    let landmarks = PersonLandmarks(
      width: TexturePerson.width, height: TexturePerson.height, body: body,
      world: [SIMD3<Float>](repeating: .zero, count: 33),
      face: .init(points: points, confidence: 1))
    let warp = try #require(
      FaceWarp(landmarks, body: stage.surface, posed: posed, photo: working))
    #expect(abs(warp.faceHeight - 60) < 25)
    for landmark in model.landmarks {
      let moved = warp.shift[Int(landmark.vertices.x)]
      #expect(abs(moved.x - shift.x) + abs(moved.y - shift.y) < 0.3)
    }
    let foot = stage.surface.regions.firstIndex(of: .leftFoot)
    #expect(warp.shift[try #require(foot)] == .zero)
    #expect(FaceWarp(nil, body: stage.surface, posed: posed, photo: working) == nil)
  }

  @Test func lipsFollowEachItsOwn() throws {
    let stage = try Stage { _ in (90, 140, 60) }
    let (posed, working, model) = (stage.posed, stage.working, stage.person.model)
    let places = try #require(
      try FacePoints(path: Fixtures.asset("face/points.npz")).places(on: model))
    // The photo's mouth is open: the upper lip three pixels higher, the lower one lower.
    let upper: Set = [0, 11, 12, 13, 37, 267, 38, 268, 72, 302, 82, 312, 39, 269]
    let lower: Set = [14, 15, 16, 17, 84, 314, 86, 316, 85, 315, 87, 317, 181, 405]
    let points = places.indices.map { number -> SIMD3<Float> in
      var place = SIMD4<Float>.zero
      for k in 0..<3 {
        place += posed.positions[Int(places[number].vertices[k])] * places[number].weights[k]
      }
      let pixel = (posed.project(place) + working.origin) / working.scale
      let step: Float = upper.contains(number) ? -3 : lower.contains(number) ? 3 : 0
      return SIMD3(pixel.x, pixel.y + step, 0)
    }
    let body = [PersonLandmarks.Point](
      repeating: .init(position: .zero, visibility: 1, presence: 1), count: 33)
    let landmarks = PersonLandmarks(
      width: TexturePerson.width, height: TexturePerson.height, body: body,
      world: [SIMD3<Float>](repeating: .zero, count: 33),
      face: .init(points: points, confidence: 1))
    let warp = try #require(
      FaceWarp(landmarks, places: places, body: stage.surface, posed: posed, photo: working))
    #expect(warp.shift[Int(places[0].vertices.x)].y < -1)
    #expect(warp.shift[Int(places[17].vertices.x)].y > 1)
  }

  @Test func lightOfLowOrderIsTakenOut() throws {
    let stage = try Stage { _ in (150, 150, 150) }
    let (posed, working) = (stage.posed, stage.working)
    let count = working.width * working.height
    func normal(_ pixel: Int) -> SIMD3<Float> {
      SIMD3(
        posed.pixelNormals[pixel], posed.pixelNormals[count + pixel],
        posed.pixelNormals[2 * count + pixel])
    }
    // From the left.
    for pixel in 0..<count where posed.triangles[pixel] >= 0 {
      working.colors[pixel] *= SIMD4(repeating: exp(-0.3 * normal(pixel).x))
    }
    func deviation() -> Float {
      let levels = (0..<count).filter { posed.triangles[$0] >= 0 && working.trust[$0] > 0.9 }
        .map { log(max(working.colors[$0].x, 1)) }
      let mean = levels.reduce(0, +) / Float(levels.count)
      return (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(levels.count))
        .squareRoot()
    }
    let before = deviation()
    let light = try #require(PhotoLight(posed, photo: working, body: stage.surface))
    #expect(light.coefficients.count == PhotoLight.terms)
    #expect(light.coefficients[0] < -0.2)
    light.remove(from: working, posed, pool: stage.person.pool)
    // A quarter is left on purpose, and what lies at the edges of the mask.
    #expect(deviation() < 0.6 * before)
  }

  @Test func nothingBesideTheMaskIsTrusted() throws {
    let stage = try Stage { _ in (90, 140, 60) }
    let working = stage.working
    for pixel in 0..<working.width * working.height {
      if working.coverage[pixel] < 0.5 { #expect(working.trust[pixel] == 0) }
      // Colours are continued over the background.
      #expect(working.colors[pixel].x < 100)
    }
  }
}
