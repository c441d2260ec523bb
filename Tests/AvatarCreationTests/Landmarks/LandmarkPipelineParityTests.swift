/// Landmarks of photos against recordings: the pipeline with crops in floats, and MediaPipe itself.
import Compute
import Foundation
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct LandmarkPipelineParityTests {
  /// Pixels, metres, and levels of the mask, as the fixtures' README gives them.
  private static let points: Float = 0.3
  private static let world: Float = 3e-3
  private static let levels = 2
  private static let leastShare = 0.999
  /// Of MediaPipe's own points: mean distance over the body's height.
  private static let mediapipe: Float = 4e-3

  private static let half = SIMD3<Float>(0.5, 0.5, 0)

  /// The greatest difference in x, y and z from an array of (n, 3 or more).
  private static func worst(
    _ found: [SIMD3<Float>], _ golden: NPZFile, _ key: String
  ) throws -> Float {
    let tensor = try golden.tensor(key)
    let (values, row) = (try tensor.floats(), tensor.shape[1])
    try #require(tensor.shape[0] == found.count, "\(key)")
    return found.enumerated().map { index, point in
      let expected = SIMD3(values[row * index], values[row * index + 1], values[row * index + 2])
      let difference = point - expected
      return max(abs(difference.x), abs(difference.y), abs(difference.z))
    }.max() ?? 0
  }

  @Test func recordedPhotos() throws {
    let detector = try LandmarkPhotos.detector()
    for name in try LandmarkPhotos.names() {
      let (golden, photo) = (try LandmarkPhotos.golden(name), try LandmarkPhotos.photo(name))
      #expect(try golden.tensor("size").ints() == [photo.width, photo.height])
      let persons = try detector.persons(in: photo)
      #expect(persons.isEmpty == (try golden.tensor("person").ints() == [0]))
      guard let person = persons.first else { continue }
      try Self.compare(person, golden, name)
      let looks = try detector.bodyLooks(of: person, in: photo)
      try Self.compare(looks, golden, name)
      let (landmarks, mask) = try detector.landmarks(of: person, in: photo)
      try Self.compare(landmarks, golden, name)
      try Self.compare(mask, golden, name)
      try Self.compareWithMediaPipe(looks.first, landmarks, golden, name)
    }
  }

  private static func compare(
    _ person: DetectedPerson, _ golden: NPZFile, _ name: String
  ) throws {
    #expect(abs(person.score - (try golden.tensor("detector_score").floats()[0])) < 1e-4, "\(name)")
    let expected = try golden.tensor("detector_points").floats()
    for (index, point) in person.points.enumerated() {
      #expect(abs(Float(point.x) - expected[2 * index]) < points, "\(name)")
      #expect(abs(Float(point.y) - expected[2 * index + 1]) < points, "\(name)")
    }
    try compare(person.region, golden, "region_1", name)
  }

  private static func compare(
    _ region: Region, _ golden: NPZFile, _ key: String, _ name: String
  ) throws {
    let expected = try golden.tensor(key).doubles()
    let found = [region.centre.x, region.centre.y, region.side, region.side]
    for (one, other) in zip(found, expected) {
      #expect(abs(one - other) < Double(points), "\(name) \(key)")
    }
    #expect(abs(Region.wrapped(region.angle - expected[4])) < 1e-3, "\(name) \(key)")
  }

  private static func compare(
    _ looks: LandmarkDetector.BodyLooks, _ golden: NPZFile, _ name: String
  ) throws {
    for (pass, key) in [(looks.first, "1"), (looks.second, "2")] {
      let error = try worst(pass.points.map(\.position), golden, "points_\(key)")
      #expect(error < points, "\(name) points_\(key)")
      let world = try worst(pass.world, golden, "world_\(key)")
      #expect(world < Self.world, "\(name) world_\(key)")
      #expect(abs(pass.flag - (try golden.tensor("flag_\(key)").floats()[0])) < 1e-3, "\(name)")
    }
    try compare(looks.first.region(scale: 1.25), golden, "region_2", name)
    try compare(looks.second.region(scale: 1.12), golden, "region_mask", name)
  }

  private static func compare(
    _ landmarks: PersonLandmarks, _ golden: NPZFile, _ name: String
  ) throws {
    let body = try worst(landmarks.body.map { $0.position - half }, golden, "points")
    #expect(body < points, "\(name)")
    let values = try golden.tensor("points").floats()
    for (index, point) in landmarks.body.enumerated() {
      #expect(abs(point.visibility - values[5 * index + 3]) < 1e-3, "\(name) \(index)")
      #expect(abs(point.presence - values[5 * index + 4]) < 1e-3, "\(name) \(index)")
    }
    #expect(try worst(landmarks.world, golden, "world") < world, "\(name)")
    for (hand, key) in [(landmarks.leftHand, "left_hand"), (landmarks.rightHand, "right_hand")] {
      let flag = try golden.tensor("\(key)_flag").floats()[0]
      #expect((hand != nil) == (flag >= 0.5), "\(name) \(key)")
      guard let hand else { continue }
      #expect(abs(hand.confidence - flag) < 1e-3, "\(name) \(key)")
      #expect(try worst(hand.points.map { $0 - half }, golden, key) < points, "\(name) \(key)")
      #expect(try worst(hand.world, golden, "\(key)_world") < world, "\(name) \(key)")
    }
    #expect((landmarks.face != nil) == (try golden.tensor("face_found").ints() == [1]), "\(name)")
    guard let face = landmarks.face else { return }
    #expect(try worst(face.points.map { $0 - half }, golden, "face") < points, "\(name)")
    let flag = try golden.tensor("face_flag").floats()[0]
    #expect(abs(face.confidence - flag) < 1e-3, "\(name)")
  }

  private static func compare(_ mask: Matte, _ golden: NPZFile, _ name: String) throws {
    let tensor = try golden.tensor("mask")
    #expect(tensor.shape == [mask.height, mask.width], "\(name)")
    let near = zip(mask.coverage, try tensor.bytes()).count { coverage, byte in
      abs(Int((coverage * 255).rounded()) - Int(byte)) <= levels
    }
    #expect(Double(near) >= leastShare * Double(mask.coverage.count), "\(name)")
  }

  /// One look at crops of bytes: what MediaPipe does.
  private static func compareWithMediaPipe(
    _ pass: BodyPass, _ landmarks: PersonLandmarks, _ golden: NPZFile, _ name: String
  ) throws {
    guard golden.contains("mediapipe_points") else { return }
    let tensor = try golden.tensor("mediapipe_points")
    let (values, row) = (try tensor.floats(), tensor.shape[1])
    let ys = landmarks.body.map(\.position.y)
    let height = (ys.max() ?? 0) - (ys.min() ?? 0)
    let mean =
      (0..<33).map { index -> Float in
        let offset =
          SIMD2(pass.points[index].position.x, pass.points[index].position.y)
          - SIMD2(values[row * index], values[row * index + 1])
        return (offset * offset).sum().squareRoot()
      }.reduce(0, +) / 33
    #expect(mean < mediapipe * height, "\(name)")
  }

  @Test func threadsChangeNothing() throws {
    let name = try #require(try LandmarkPhotos.names().first)
    let photo = try LandmarkPhotos.photo(name)
    let results = try [1, 2, 5].map { threads in
      let detector = try LandmarkPhotos.detector(threads: threads)
      let person = try #require(try detector.persons(in: photo).first)
      return try detector.landmarks(of: person, in: photo)
    }
    for other in results.dropFirst() {
      #expect(other.landmarks == results[0].landmarks)
      #expect(other.mask.coverage == results[0].mask.coverage)
    }
  }

  /// Two copies of a person side by side are two persons, the larger one first.
  @Test func allPersonsAreFound() throws {
    let name = try #require(try LandmarkPhotos.names().first { $0.contains("tada3") })
    let photo = try LandmarkPhotos.photo(name)
    let (width, height) = (photo.width, photo.height)
    var pixels: [UInt8] = []
    for y in 0..<height {
      pixels += photo.pixels[3 * y * width..<3 * (y + 1) * width]
      // Three quarters of the size, standing on the same floor.
      for x in 0..<width * 3 / 4 {
        let from = max(y - height / 4, 0) * 4 / 3
        let pixel = 3 * (min(from, height - 1) * width + min(x * 4 / 3, width - 1))
        pixels += photo.pixels[pixel..<pixel + 3]
      }
    }
    let pair = Photo(width: width + width * 3 / 4, height: height, pixels: pixels)
    let detector = try LandmarkPhotos.detector()
    let persons = try detector.persons(in: pair)
    #expect(persons.count == 2)
    let (first, second) = (try #require(persons.first), try #require(persons.last))
    #expect(first.size > second.size)
    #expect(first.box.x < Float(width) && second.box.z > Float(width))
    let nose = try detector.landmarks(of: second, in: pair).landmarks.body[0].position
    #expect(nose.x > Float(width))
  }

  /// The mirror image of a photo has the mirrored landmarks, left and right exchanged.
  @Test func mirrorImages() throws {
    let name = try #require(try LandmarkPhotos.names().first { $0.contains("test_a") })
    let photo = try LandmarkPhotos.photo(name)
    var pixels = photo.pixels
    for y in 0..<photo.height {
      for x in 0..<photo.width {
        let (to, from) = (3 * (y * photo.width + x), 3 * ((y + 1) * photo.width - 1 - x))
        pixels[to..<to + 3] = photo.pixels[from..<from + 3]
      }
    }
    let mirrored = Photo(width: photo.width, height: photo.height, pixels: pixels)
    let detector = try LandmarkPhotos.detector()
    func landmarks(_ photo: Photo) throws -> PersonLandmarks {
      let person = try #require(try detector.persons(in: photo).first)
      return try detector.landmarks(of: person, in: photo).landmarks
    }
    let (one, other) = (try landmarks(photo), try landmarks(mirrored))
    let ys = one.body.map(\.position.y)
    let height = (ys.max() ?? 0) - (ys.min() ?? 0)
    // Shoulders, elbows, hips, knees: within 2 % of the height.
    for left in [11, 13, 23, 25] {
      let offset =
        other.body[left + 1].position
        - SIMD3(
          Float(photo.width) - one.body[left].position.x, one.body[left].position.y,
          other.body[left + 1].position.z)
      #expect((offset * offset).sum().squareRoot() < 0.02 * height)
    }
  }
}
