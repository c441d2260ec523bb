/// Clothes on people whose clothes are known, drawn by our own rasterizer.
import Compute
import Foundation
import Rasterizer
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct DisplacementTests {
  private static let width = 480
  private static let height = 720

  private static func fit(betas: [Float]) -> BodyFit {
    var pose = BodyPose()
    pose.rotations[0] = SIMD3(3.1, 0.1, 0.05)
    pose.rotations[16] = SIMD3(0.1, 0.1, -1)
    pose.rotations[17] = SIMD3(0.1, -0.1, 1)
    pose.rotations[1] = SIMD3(0, 0, 0.08)
    pose.rotations[2] = SIMD3(0, 0, -0.08)
    pose.translation = SIMD3(0, -0.2, 3)
    return BodyFit(
      betas: betas, pose: pose,
      camera: .aligned(focalLength: [866, 866], principalPoint: [240, 360]), width: width,
      height: height)
  }

  /// A person in clothes a few centimetres thick, what the camera sees of them, and their skin's colour.
  private struct Dressed {
    let body: ShapedBody
    let fit: BodyFit
    let truth: [SIMD3<Float>]
    let matte: Matte
    let photo: Photo

    init(clothes: SIMD3<UInt8> = [30, 60, 120], hair: Float = 0) throws {
      let pool = WorkerPool(threads: 2)
      let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
      let fit = DisplacementTests.fit(betas: [0.3, -0.8, 0.5])
      let body = try ShapedBody(model: model, betas: fit.betas)
      let surface = try DressedSurface(body: body, fit: fit, pool: pool)
      let regions = SurfaceRegions(body)
      let adjacency = VertexAdjacency(faces: model.faces, vertexCount: model.vertexCount)
      var depth = regions.regions.map { region -> Float in
        switch region {
        case .trunk: 0.025
        case .leg, .arm: 0.02
        case .head: hair
        default: 0
        }
      }
      for _ in 0..<10 { depth = adjacency.smoothed(depth, by: 0.5) }
      let normals = surface.restNormals(depth.map { _ in .zero })
      truth = depth.indices.map { depth[$0] * normals[$0] }
      let ids = surface.render(
        surface.posed(truth), camera: fit.camera, width: width, height: height)
      matte = Matte(
        width: width, height: height, coverage: ids.map { $0 >= 0 ? 1 : 0 })
      photo = Photo(
        width: width, height: height,
        pixels: ids.flatMap { id -> [UInt8] in
          guard id >= 0 else { return [90, 90, 90] }
          switch regions[Int(model.faces[3 * Int(id)])] {
          case .trunk, .leg, .foot: return [clothes.x, clothes.y, clothes.z]
          default: return [200, 150, 125]
          }
        })
      (self.body, self.fit) = (body, fit)
    }

    func solve(shoes: ShoeMorph? = nil, threads: Int = 2) throws -> Displacement.Result {
      try Displacement.solve(
        body: body, fit: fit, matte: matte, photo: photo, shoes: shoes,
        pool: WorkerPool(threads: threads))
    }
  }

  @Test func theOutlineBecomesTheMasks() throws {
    let person = try Dressed()
    let result = try person.solve()
    #expect(result.overlapBefore < 0.9)
    #expect(result.overlapAfter > 0.97, "\(result.overlapAfter)")
    #expect(result.wears == .init(top: true, bottom: true, shoes: true))
    // Nearer to the truth than the bare body, the side that no camera saw included.
    func error(_ offsets: [SIMD3<Float>]) -> Float {
      zip(offsets, person.truth).reduce(0) { $0 + ($1.0 - $1.1).length }
    }
    #expect(error(result.offsets) < 0.8 * error(person.truth.map { _ in .zero }))
    // What clothes do not cover does not move.
    let regions = SurfaceRegions(person.body)
    for vertex in result.offsets.indices where regions[vertex] == .inner {
      #expect(result.offsets[vertex].length < 0.002)
    }
    #expect(result.offsets.allSatisfy { ($0 * 0) == .zero })
    #expect(result.offsets == (try person.solve(threads: 1)).offsets)
    #expect(result.offsets == (try person.solve(threads: 5)).offsets)
  }

  /// A mask that is far too wide everywhere, as a palm is behind a wrist, does not make bells of arms.
  @Test func armsTaperTowardsHands() throws {
    let person = try Dressed()
    let depth = DistanceTransform.signedDistances(
      to: person.matte.coverage.map { $0 > 0.5 }, width: Self.width, height: Self.height,
      pool: WorkerPool(threads: 2))
    let wide = Matte(
      width: Self.width, height: Self.height, coverage: depth.map { $0 > -14 ? 1 : 0 })
    let result = try Displacement.solve(
      body: person.body, fit: person.fit, matte: wide, photo: person.photo,
      pool: WorkerPool(threads: 2))
    let regions = SurfaceRegions(person.body)
    let rest = person.body.restVertices
    let hands = regions.regions.indices.filter { regions[$0] == .hand }.map { rest[$0] }
    var widest: Float = 0
    for vertex in result.offsets.indices where regions[vertex] == .arm {
      let away = hands.reduce(Float.infinity) { min($0, ($1 - rest[vertex]).length) }
      let room = OutlineFit.roomAtHands + OutlineFit.roomSlope * away
      #expect(result.offsets[vertex].length <= room + 0.001)
      widest = max(widest, result.offsets[vertex].length)
    }
    // Away from hands they do move.
    #expect(widest > 0.015)
  }

  /// The outline shows how thick the hair is; behind it is as thick.
  @Test func hairStandsOutBehindAsBeside() throws {
    let regions = SurfaceRegions(try Dressed().body)
    func thickness(_ person: Dressed) throws -> Float {
      let result = try person.solve()
      let rest = person.body.restVertices
      let head = regions.regions.indices.filter { regions[$0] == .head }
      let eyes = (person.body.restJoints[23] + person.body.restJoints[24]) / 2
      let back = head.filter { rest[$0].y > eyes.y && rest[$0].z < eyes.z - 0.12 }
      #expect(back.count > 30)
      return back.reduce(0) { $0 - result.offsets[$1].z } / Float(back.count)
    }
    #expect(try thickness(Dressed(hair: 0.025)) > 0.015)
    #expect(try abs(thickness(Dressed())) < 0.004)
  }

  /// A mask that is far too wide does not blow up shoes.
  @Test func shoesKeepTheirForm() throws {
    let person = try Dressed()
    let depth = DistanceTransform.signedDistances(
      to: person.matte.coverage.map { $0 > 0.5 }, width: Self.width, height: Self.height,
      pool: WorkerPool(threads: 2))
    let wide = Matte(
      width: Self.width, height: Self.height, coverage: depth.map { $0 > -10 ? 1 : 0 })
    let shoes = try ShoeMorph(path: Fixtures.asset("garments/shoes.npz"))
    let morph = try #require(try shoes.offsets(for: person.body))
    let result = try Displacement.solve(
      body: person.body, fit: person.fit, matte: wide, photo: person.photo, shoes: shoes,
      pool: WorkerPool(threads: 2))
    #expect(result.hasShoes)
    let regions = SurfaceRegions(person.body)
    var widest: Float = 0
    for vertex in result.offsets.indices where regions[vertex] == .foot {
      let moved = (result.offsets[vertex] - morph[vertex]).length
      #expect(moved <= OutlineFit.roomOfShoes + 0.004)
      widest = max(widest, moved)
    }
    #expect(widest > 0.5 * OutlineFit.roomOfShoes)
  }

  @Test func skinWearsNothing() throws {
    let person = try Dressed(clothes: [196, 148, 122])
    let shoes = try ShoeMorph(path: Fixtures.asset("garments/shoes.npz"))
    #expect(try person.solve(shoes: shoes).wears == .init(top: false, bottom: false, shoes: false))
  }

  @Test func anotherSizeIsRefused() throws {
    let person = try Dressed()
    let small = Matte(width: 4, height: 4, coverage: [Float](repeating: 1, count: 16))
    let error = #expect(throws: ProgramError.self) {
      try Displacement.solve(
        body: person.body, fit: person.fit, matte: small, photo: person.photo,
        pool: WorkerPool(threads: 1))
    }
    #expect(error?.code == .dataError && error?.found == "480 x 720")
  }

  @Test func clothSpansHollowsAndLeavesSkinAlone() throws {
    let person = try Dressed()
    let regions = SurfaceRegions(person.body)
    let surface = try DressedSurface(
      body: person.body, fit: person.fit, pool: WorkerPool(threads: 1))
    let adjacency = VertexAdjacency(
      faces: person.body.model.faces, vertexCount: surface.vertexCount)
    let none = ClothBase.offsets(
      of: person.body, adjacency: adjacency, normals: surface.normals, isClothed: { _ in false })
    #expect(none.allSatisfy { $0 == .zero })
    let cloth = ClothBase.offsets(
      of: person.body, adjacency: adjacency, normals: surface.normals,
      isClothed: { regions[$0] == .trunk })
    #expect(cloth.contains { $0.length > 0.003 })
    for vertex in cloth.indices where [.hand, .foot, .face].contains(regions[vertex]) {
      #expect(cloth[vertex].length < 1e-3)
    }
    // The surface turns less from triangle to triangle.
    func roughness(_ offsets: [SIMD3<Float>]) -> Float {
      let rest = person.body.restVertices
      var sum: Float = 0
      for vertex in offsets.indices where regions[vertex] == .trunk {
        let neighbours = adjacency[vertex]
        let mean =
          neighbours.reduce(SIMD3<Float>.zero) {
            $0 + rest[Int($1)] + offsets[Int($1)]
          } / Float(neighbours.count)
        sum += (rest[vertex] + offsets[vertex] - mean).length
      }
      return sum
    }
    #expect(roughness(cloth) < roughness(none))
  }

  @Test func shoesFitTheBundledBodiesOnly() throws {
    let shoes = try ShoeMorph(path: Fixtures.asset("garments/shoes.npz"))
    for name in ["NEUTRAL", "MALE", "FEMALE"] {
      let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_\(name).npz"))
      let body = try ShapedBody(model: model, betas: [1.5])
      let offsets = try #require(try shoes.offsets(for: body))
      let joints = model.dominantJoints()
      for vertex in offsets.indices where offsets[vertex] != .zero {
        #expect([4, 5, 7, 8, 10, 11].contains(Int(joints[vertex])))
      }
      // Both shoes are alike, and soles lie lower than feet.
      let lowest = { (moved: [SIMD3<Float>]) in
        moved.indices.map { body.restVertices[$0].y + moved[$0].y }.min() ?? 0
      }
      #expect(lowest(offsets) < lowest(offsets.map { _ in .zero }) - 0.003)
      let mirror = try #require(model.vertexMirror)
      for vertex in offsets.indices {
        let twin = offsets[Int(mirror[vertex])] * SIMD3(-1, 1, 1)
        #expect((twin - offsets[vertex]).length < 1e-5)
      }
    }
  }

  @Test func damagedShoesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("shoes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("shoes.npz").path
    #expect(throws: ProgramError.self) { try ShoeMorph(path: path) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.asset("garments/shoes.npz")))
    for length in [0, 10, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      #expect(throws: ProgramError.self) { try ShoeMorph(path: path) }
    }
  }

  @Test func foldsAreFoundAndOpened() {
    // A strip along x whose middle vertex is pushed over its neighbour.
    let points: [SIMD3<Float>] = (0..<8).map { SIMD3(Float($0 / 2), Float($0 % 2), 0) }
    let faces: [UInt32] = (0..<3).flatMap { strip -> [UInt32] in
      let a = UInt32(2 * strip)
      return [a, a + 2, a + 1, a + 1, a + 2, a + 3]
    }
    let repair = FoldRepair(
      points: points, faces: faces, adjacency: VertexAdjacency(faces: faces, vertexCount: 8))
    let along = [SIMD3<Float>](repeating: SIMD3(1, 0, 0), count: 8)
    let pushed: [Float] = [0, 0, 1.6, 1.6, 0, 0, 0, 0]
    let moved = points.indices.map { points[$0] + pushed[$0] * along[$0] }
    #expect(repair.folds(points) == [])
    #expect(!repair.folds(moved).isEmpty)
    #expect(repair.unfolded(pushed, along: along).folds == 0)
  }

  @Test func surfacesThatFaceEachOtherMeetHalfWay() {
    // Two walls four centimetres apart.
    let points: [SIMD3<Float>] = [
      SIMD3(0, 0, 0), SIMD3(0.04, 0, 0), SIMD3(0, 1, 0), SIMD3(0.04, 1, 0.5),
    ]
    let normals: [SIMD3<Float>] = [
      SIMD3(1, 0, 0), SIMD3(-1, 0, 0), SIMD3(1, 0, 0), SIMD3(-1, 0, 0),
    ]
    let repair = FoldRepair(
      points: points, faces: [], adjacency: VertexAdjacency(faces: [], vertexCount: 4))
    let room = repair.room(along: normals, farthest: 0.06) { _ in true }
    #expect(abs(room[0] - 0.018) < 1e-6 && abs(room[1] - 0.018) < 1e-6)
    #expect(room[2] == 0.06 && room[3] == 0.06)
    #expect(repair.room(along: normals, farthest: 0.06) { $0 != 1 }[0] == 0.06)
  }
}
