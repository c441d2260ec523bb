import Compute
import NeuralRender
import SMPLX

/// Finds persons in a picture and their landmarks: body, hands, face, and a mask.
///
/// Matches: MediaPipe's holistic landmarks on a still picture (version 0.10.21), crops in exact bilinear
/// sampling. Differs: after the first look at the body there is a second one, from a better region, and
/// one at its mirror image, whose mean is taken; the mask comes from a closer look; all persons are found.
///
/// One picture at a time. The same picture gives the same bits with any number of threads.
public final class LandmarkDetector: Sendable {
  private let detector: LandmarkPlan
  /// Two where there are threads for two looks at once.
  private let bodies: [LandmarkPlan]
  private let handFinder: LandmarkPlan
  private let hand: LandmarkPlan
  private let faceDetector: LandmarkPlan
  private let face: LandmarkPlan
  private let pool: WorkerPool

  /// Side of the body's region over the diameter of the circle around the body.
  private static let regionScale = 1.25
  /// The same for the mask: as close as outstretched hands allow.
  private static let maskScale = 1.12
  private static let leastConfidence: Float = 0.5

  /// - Parameter models: the folder of the networks' weights.
  /// - Throws: when one of them is missing or not what it should be.
  public init(models: String, pool: WorkerPool) throws {
    // The largest first, so that threads end together.
    let networks: [LandmarkNetwork] =
      [.body, .personDetection, .hand, .face, .faceDetection, .handRegion]
      + (pool.threadCount > 1 ? [.body] : [])
    let plans = try pool.map(networks.count) { index in
      try LandmarkPlan(networks[index], in: models, pool: pool)
    }
    detector = plans[1]
    bodies = [plans[0]] + plans[6...]
    hand = plans[2]
    face = plans[3]
    faceDetector = plans[4]
    handFinder = plans[5]
    self.pool = pool
  }

  /// All persons, the largest first; none where there is nobody.
  public func persons(in photo: Photo) throws -> [DetectedPerson] {
    guard photo.width > 0, photo.height > 0 else { return [] }
    let whole = Region(around: photo.width, photo.height)
    try detector.run(photo, whole, border: .black)
    let found = Detection.all(
      boxes: detector.values("boxes"), scores: detector.values("scores"), anchors: Anchors.person,
      size: detector.network.inputSize)
    let persons = found.compactMap { DetectedPerson($0, in: whole) }
    return persons.enumerated()
      .sorted { ($1.element.size, $0.offset) < ($0.element.size, $1.offset) }.map(\.element)
  }

  /// The landmarks of a person and the mask of the whole picture.
  ///
  /// - Throws: when a closer look finds no person there.
  public func landmarks(
    of person: DetectedPerson, in photo: Photo
  ) throws -> (landmarks: PersonLandmarks, mask: Matte) {
    let looks = try bodyLooks(of: person, in: photo)
    let second = looks.second
    let maskRegion = second.region(scale: Self.maskScale)
    // Of about equal length, one after the other where there is one thread.
    let parts = try pool.map(2) { part in
      var result = Parts()
      if part == 0 {
        try self.bodies[0].run(photo, maskRegion, for: .mask)
        result.mask = self.bodies[0].values("mask")
        result.face = try self.face(of: second, in: photo)?.face
      } else {
        result.leftHand = try self.hand(isLeft: true, of: second, in: photo)?.hand
        result.rightHand = try self.hand(isLeft: false, of: second, in: photo)?.hand
      }
      return result
    }
    let mask = MaskWarp(parts[0].mask, maskRegion)
      .matte(width: photo.width, height: photo.height, on: pool)
    let mean = second.mean(with: looks.mirrored)
    let landmarks = PersonLandmarks(
      width: photo.width, height: photo.height, body: mean.points, world: mean.world,
      leftHand: parts[1].leftHand, rightHand: parts[1].rightHand, face: parts[0].face)
    return (landmarks.fromPixelCorners, mask)
  }

  /// What is found side by side.
  private struct Parts: Sendable {
    var mask: [Float] = []
    var face: PersonLandmarks.Face?
    var leftHand: PersonLandmarks.Hand?
    var rightHand: PersonLandmarks.Hand?
  }

  /// The looks at a body.
  struct BodyLooks: Sendable {
    let first: BodyPass
    let second: BodyPass
    /// Of the mirror image, turned back.
    let mirrored: BodyPass
  }

  func bodyLooks(of person: DetectedPerson, in photo: Photo) throws -> BodyLooks {
    let first = try look(bodies[0], photo, person.region)
    let region = first.region(scale: Self.regionScale)
    let looks = try pool.map(2) { index in
      index == 0
        ? try self.look(self.bodies[0], photo, region)
        : try self.look(
          self.bodies[self.bodies.count - 1], photo, region.mirrored(width: photo.width),
          isMirrored: true)
    }
    return BodyLooks(
      first: first, second: looks[0], mirrored: looks[1].mirrored(width: photo.width))
  }

  private func look(
    _ body: LandmarkPlan, _ photo: Photo, _ region: Region, isMirrored: Bool = false
  ) throws -> BodyPass {
    guard let region = region.usable else { throw Self.noPerson(in: photo, found: nil) }
    try body.run(photo, region, isMirrored: isMirrored)
    let pass = try BodyPass(body, region)
    guard pass.flag >= Self.leastConfidence else {
      throw Self.noPerson(in: photo, found: pass.flag)
    }
    return pass
  }

  private static func noPerson(in photo: Photo, found: Float?) -> ProgramError {
    ProgramError(
      .dataError, "a closer look finds no person where one seemed to be",
      expected: "at least \(percent(leastConfidence)) sure", found: found.map { percent($0) },
      hint: "a photo that shows the whole person from the front, upright, is best")
  }

  private static func percent(_ share: Float) -> String { "\(Int(saturating: share * 100)) %" }

  func hand(isLeft: Bool, of body: BodyPass, in photo: Photo) throws -> HandPass? {
    let pass = try HandPass(
      photo, body: body, isLeft: isLeft, finder: handFinder, network: hand)
    return pass.flatMap { $0.hand.confidence >= HandPass.leastConfidence ? $0 : nil }
  }

  func face(of body: BodyPass, in photo: Photo) throws -> FacePass? {
    let pass = try FacePass(photo, body: body, detector: faceDetector, network: face)
    return pass.flatMap { $0.face.confidence >= FacePass.leastConfidence ? $0 : nil }
  }
}

extension PersonLandmarks {
  /// Positions counted from the corner of the first pixel instead of its centre.
  fileprivate var fromPixelCorners: PersonLandmarks {
    let half = SIMD3<Float>(0.5, 0.5, 0)
    var result = self
    for index in body.indices { result.body[index].position += half }
    result.leftHand?.points = leftHand?.points.map { $0 + half } ?? []
    result.rightHand?.points = rightHand?.points.map { $0 + half } ?? []
    result.face?.points = face?.points.map { $0 + half } ?? []
    return result
  }
}
