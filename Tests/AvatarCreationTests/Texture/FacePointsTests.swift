import Compute
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct FacePointsTests {
  private static func place(
    _ point: FacePoints.Place, _ rest: [SIMD3<Float>]
  ) -> SIMD3<Float> {
    (0..<3).reduce(.zero) { $0 + rest[Int(point.vertices[$1])] * point.weights[$1] }
  }

  private static func own(_ landmark: BodyModel.SurfacePoint) -> FacePoints.Place {
    FacePoints.Place(vertices: landmark.vertices, weights: landmark.weights)
  }

  private static func rest(_ model: BodyModel) throws -> [SIMD3<Float>] {
    let body = try ShapedBody(model: model)
    return (0..<model.vertexCount).map { body.restVertices[$0] }
  }

  @Test func nearestPlacesOfATriangle() {
    let triangle: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) = ([0, 0, 0], [2, 0, 0], [0, 2, 0])
    #expect(nearestWeights([-1, -1, 3], triangle) == [1, 0, 0])
    #expect(nearestWeights([3, 0, 0], triangle) == [0, 1, 0])
    #expect(nearestWeights([0, 5, 1], triangle) == [0, 0, 1])
    #expect(nearestWeights([1, -4, 0], triangle) == [0.5, 0.5, 0])
    #expect(nearestWeights([2, 2, 1], triangle) == [0, 0.5, 0.5])
    #expect(nearestWeights([0.5, 1, 7], triangle) == [0.25, 0.25, 0.5])
    let point: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) = ([1, 1, 1], [1, 1, 1], [1, 1, 1])
    #expect(nearestWeights([0, 0, 0], point).sum() == 1)
  }

  @Test(arguments: ["NEUTRAL", "MALE", "FEMALE"])
  func pointsAreAboutTheLandmarksOfEveryBody(name: String) throws {
    let points = try FacePoints(path: Fixtures.asset("face/points.npz"))
    let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_\(name).npz"))
    let places = try #require(try points.places(on: model))
    #expect(places.count == 468)
    let rest = try Self.rest(model)
    // Bodies have their brows' landmarks lower than where the network sees brows.
    for (index, number) in LandmarkTable.face.enumerated() {
      let own = Self.place(Self.own(model.landmarks[index]), rest)
      let distance = (Self.place(places[number], rest) - own).length
      #expect(distance < (index < 10 ? 0.026 : 0.007), "point \(number)")
    }
    for place in places { #expect(abs(place.weights.sum() - 1) < 1e-4) }
    // Chin below mouth below nose below brow, cheeks to either side: their right is at negative x.
    let at = [152, 17, 1, 10, 234, 454].map { Self.place(places[$0], rest) }
    #expect(at[0].y < at[1].y && at[1].y < at[2].y && at[2].y < at[3].y)
    #expect(at[4].x < -0.05 && at[5].x > 0.05)
  }

  @Test func pointsGoAlongWithAFaceOfAnotherSize() throws {
    let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    let rest = try Self.rest(model)
    let own = model.landmarks.map { Self.place(Self.own($0), rest) }
    // The same face, half as large and elsewhere.
    func moved(_ p: SIMD3<Float>) -> SIMD3<Float> { p * 0.5 + [3, -1, 2] }
    let given = (0..<468).map { moved(own[$0 % 51]) }
    let points = FacePoints(points: given, landmarks: own.map(moved))
    let places = try #require(try points.places(on: model))
    for index in 0..<51 {
      #expect((Self.place(places[index], rest) - own[index]).length < 0.004)
    }
  }

  @Test func whatIsNoFaceIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/points.npz"
    try NPZ.write([("points", TensorData(shape: [2, 3], floats: [0, 0, 0, 1, 1, 1]))], to: path)
    let error = #expect(throws: ProgramError.self) { try FacePoints(path: path) }
    #expect(error?.code == .dataError)
    #expect(throws: ProgramError.self) { try FacePoints(path: path + ".not") }
  }
}
