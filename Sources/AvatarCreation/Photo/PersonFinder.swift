import Avatar
import Compute
import Media
import SMPLX

/// A person in a photo: the photo at the size that the stages work at, landmarks, and who covers what.
public struct FoundPerson: Sendable {
  /// Shrunk where the person is higher than stages can use.
  public let photo: Photo
  public let landmarks: PersonLandmarks
  public let matte: Matte
  public let assessment: PhotoAssessment
  /// How the photo was turned.
  let turns: QuarterTurns
}

/// First stages: finds the persons of a photo, chooses one, finds landmarks and mask.
public struct PersonFinder {
  let detector: LandmarkDetector
  private let pool: WorkerPool

  /// Person's height in pixels beyond which a photo is shrunk: texels of the largest textures are no finer.
  static let mostRows = 1800.0
  /// Longer side beyond which it is shrunk whoever is in it: what avatars say of their photos ends here.
  static let longestSide = 8192
  /// Shorter side below which there is nothing to find.
  static let leastSide = 64
  /// Longer side at which persons are looked for: their network sees 224 pixels.
  static let searchSide = 1024

  /// - Throws: when the networks' weights are missing or wrong.
  public init(assets: Assets, pool: WorkerPool) throws {
    detector = try LandmarkDetector(models: assets.root + "/models", pool: pool)
    self.pool = pool
  }

  /// - Parameters:
  ///   - number: of the person, from 1, the largest first.
  ///   - mask: a picture that shows the person white, instead of the network's mask and the photo's alpha.
  /// - Throws: `dataError` where there is nobody, `usage` where there are fewer.
  public func find(
    in photo: Photo, number: Int = 1, mask: String? = nil, clock: StageClock
  ) throws -> FoundPerson {
    guard min(photo.width, photo.height) >= Self.leastSide else {
      throw ProgramError(
        .dataError, "the photo is too small to find anybody",
        expected: "at least \(Self.leastSide) pixels each way, better a person of 800",
        found: "\(photo.width) x \(photo.height)")
    }
    let given = try mask.map { try Matte(maskFile: $0, of: photo, pool: pool) }
    let (persons, small) = try clock.run(.persons) {
      let small = photo.scaled(toLongerSide: Self.searchSide, pool: pool)
      return (try detector.persons(in: small), small)
    }
    guard !persons.isEmpty else { throw Self.nobody(photo) }
    guard number <= persons.count else {
      throw ProgramError(
        .usage, "there are not so many persons in the photo", key: "`person`",
        expected: "1 to \(persons.count)", found: "\(number)")
    }
    let view = View(person: persons[number - 1], small: small, photo: photo, mask: given)
    let found = try look(view, persons: persons.count, clock: clock)
    let turns = BodyFacts(found.landmarks).turns
    guard turns.count != 0 else { return found }
    return try look(view.turned(by: turns), persons: persons.count, turns: turns, clock: clock)
  }

  /// A photo in which a person was found.
  private struct View {
    var person: DetectedPerson
    /// What persons were looked for in.
    var small: Photo
    var photo: Photo
    var mask: Matte?

    func turned(by turns: QuarterTurns) -> View {
      View(
        person: person.turned(by: turns, width: small.width, height: small.height),
        small: turns.turned(small), photo: turns.turned(photo), mask: mask.map { turns.turned($0) })
    }
  }

  private func look(
    _ view: View, persons: Int, turns: QuarterTurns = QuarterTurns(0), clock: StageClock
  ) throws -> FoundPerson {
    let (photo, person) = (view.photo, view.person)
    let factor = Double(photo.width) / Double(view.small.width)
    let working = try clock.run(.persons) {
      let shrink = min(1, Self.mostRows / max(Double(person.size) * factor, 1))
      let side = Double(max(photo.width, photo.height)) * shrink
      return photo.scaled(
        toLongerSide: min(max(1, Int(saturating: side)), Self.longestSide), pool: pool)
    }
    let found = try clock.run(.landmarks) {
      try detector.landmarks(
        of: person.scaled(by: Double(working.width) / Double(view.small.width)), in: working)
    }
    let matte = try clock.run(.mask) {
      guard let own = view.mask ?? Matte(alphaOf: photo) else {
        return MatteRefinement.refine(found.mask, photo: working, pool: pool)
      }
      let resized = own.resized(width: working.width, height: working.height, pool: pool)
      guard BodyFacts(found.landmarks).isShown(by: resized) else { throw Self.missed(view) }
      return resized
    }
    let assessment = PhotoAssessment(
      found.landmarks, mask: matte, persons: persons, turns: turns,
      factor: Float(photo.width) / Float(working.width),
      exposure: PersonExposure(working, matte))
    return FoundPerson(
      photo: working, landmarks: found.landmarks, matte: matte, assessment: assessment,
      turns: turns)
  }

  private static func missed(_ view: View) -> ProgramError {
    ProgramError(
      .dataError, "the \(view.mask == nil ? "photo's alpha" : "mask") does not show the person",
      expected: "\(view.mask == nil ? "opaque" : "white") where the person is",
      hint: "it may be inverted, or show somebody else of several persons")
  }

  private static func nobody(_ photo: Photo) -> ProgramError {
    ProgramError(
      .dataError, "nobody is found in the photo", expected: "a person, upright, from head to foot",
      found: "\(photo.width) x \(photo.height) pixels",
      hint: "a photo that shows one person from the front, larger than half its height, is best")
  }
}
