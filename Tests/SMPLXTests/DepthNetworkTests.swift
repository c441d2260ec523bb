/// The network that tells depth: both sides are treated alike, and damaged files are refused.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct DepthNetworkTests {
  private static let path = Fixtures.asset("depth/bone_depth.safetensors")

  private static func landmarks(seed: UInt64 = 5) -> PersonLandmarks {
    var random = TestRandom(state: seed)
    func vector(_ scale: Float) -> SIMD3<Float> {
      scale * SIMD3(random.next(), random.next(), random.next())
    }
    func hand() -> PersonLandmarks.Hand {
      .init(
        points: (0..<21).map { _ in SIMD3(300, 300, 0) + vector(30) },
        world: (0..<21).map { _ in vector(0.1) }, confidence: 0.9)
    }
    let world = (0..<33).map { _ in vector(0.7) }
    return PersonLandmarks(
      width: 600, height: 800,
      body: world.map {
        .init(
          position: SIMD3(300, 400, 0) + 250 * $0 + vector(10), visibility: 0.8, presence: 1)
      }, world: world, leftHand: hand(), rightHand: hand())
  }

  /// The same person in a mirror, left and right exchanged.
  private static func mirrored(_ person: PersonLandmarks) -> PersonLandmarks {
    func flip(_ p: SIMD3<Float>) -> SIMD3<Float> { SIMD3(600 - p.x, p.y, p.z) }
    func turn(_ hand: PersonLandmarks.Hand?) -> PersonLandmarks.Hand? {
      hand.map {
        .init(
          points: $0.points.map(flip), world: $0.world.map { $0 * SIMD3(-1, 1, 1) },
          confidence: $0.confidence)
      }
    }
    var result = person
    for landmark in 0..<33 {
      let twin = LandmarkTable.twin(landmark)
      result.body[landmark] = person.body[twin]
      result.body[landmark].position = flip(person.body[twin].position)
      result.world[landmark] = person.world[twin] * SIMD3(-1, 1, 1)
    }
    (result.leftHand, result.rightHand) = (turn(person.rightHand), turn(person.leftHand))
    return result
  }

  private static func depths(_ person: PersonLandmarks) throws -> BoneDepths {
    let world = person.world(before: FitCamera(for: person, focalLength: nil))
    return BoneDepths(try DepthNetwork(path: path), DepthFeatures(person, world: world))
  }

  @Test(arguments: [true, false]) func mirrorsSeeTheSame(withHands: Bool) throws {
    var person = Self.landmarks()
    if !withHands { (person.leftHand, person.rightHand) = (nil, nil) }
    let (here, there) = (
      try Self.depths(person), try Self.depths(Self.mirrored(person))
    )
    #expect(abs(here.pitch.value - there.pitch.value) < 1e-4)
    for bone in here.bones {
      let twins = (LandmarkTable.twin(bone.from), LandmarkTable.twin(bone.to))
      // A line across is seen from its other end.
      let across = twins == (bone.to, bone.from)
      let twin = try #require(
        there.bones.first {
          across ? ($0.from, $0.to) == (bone.from, bone.to) : ($0.from, $0.to) == twins
        })
      #expect(abs(bone.share.value - (across ? -1 : 1) * twin.share.value) < 1e-4)
      #expect(abs(bone.share.deviation - twin.share.deviation) < 1e-4)
      #expect(bone.share.deviation > 0.01 && bone.share.deviation < 3)
    }
  }

  @Test func sizeOfThePictureChangesNothing() throws {
    let person = Self.landmarks()
    var large = person
    (large.width, large.height) = (1200, 1600)
    for landmark in 0..<33 { large.body[landmark].position *= 2 }
    large.leftHand?.points = person.leftHand?.points.map { $0 * 2 } ?? []
    large.rightHand?.points = person.rightHand?.points.map { $0 * 2 } ?? []
    for (a, b) in zip(try Self.depths(person).bones, try Self.depths(large).bones) {
      #expect(abs(a.share.value - b.share.value) < 1e-5)
    }
  }

  @Test func damagedFilesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("depth-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("depth.safetensors").path
    #expect(throws: ProgramError.self) { try DepthNetwork(path: path) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.path))
    for length in [0, 9, whole.count / 2, whole.count - 4] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      #expect(throws: ProgramError.self) { try DepthNetwork(path: path) }
    }
    // The last number is not one.
    var broken = whole
    broken.replaceSubrange(whole.count - 4..<whole.count, with: [0, 0, 0xC0, 0x7F])
    try broken.write(to: URL(fileURLWithPath: path))
    #expect(throws: ProgramError.self) { try DepthNetwork(path: path) }
  }
}
