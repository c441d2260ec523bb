import SMPLX

/// What can be told from a person's landmarks and mask before anything is made of them.
///
/// Thresholds are those beyond which avatars of the study's photos were seen to suffer.
public struct PhotoAssessment: Sendable, Equatable {
  /// Persons in the photo.
  public let persons: Int
  /// Of the person, pixels of the photo.
  public let height: Int
  /// Whether the person stands, as far as knees and trunk tell.
  public let stands: Bool
  /// Part after part, from head to feet.
  public private(set) var remarks: [PhotoRemark] = []

  /// - Parameters:
  ///   - persons: how many the photo shows.
  ///   - turns: what the photo was turned by.
  ///   - factor: pixels of the photo as it was given to one of the landmarks' picture.
  ///   - exposure: nil where the photo is not known.
  init(
    _ landmarks: PersonLandmarks, mask: Matte, persons: Int, turns: QuarterTurns = QuarterTurns(0),
    factor: Float = 1, exposure: PersonExposure? = nil
  ) {
    self.persons = persons
    let rows = MaskRows(mask)
    height = Int(saturating: Float(rows.count) * factor)
    let body = BodyFacts(landmarks)
    stands = body.stands
    remarks = [
      Self.size(height), Self.persons(persons), Self.turned(turns),
      Self.view(body, hasFace: landmarks.face != nil),
      Self.face(landmarks, body, rows, factor: factor), Self.arms(body),
      Self.hands(landmarks, body),
      Self.pose(body), Self.legs(body), Self.feet(body, rows), Self.mask(rows), exposure?.remark,
    ].compactMap { $0 }
  }

  /// Several persons are no fault, but whoever has a photo made into an avatar wants to know.
  static let personsPart = "persons"
  /// The same goes for photos that were turned.
  static let turnedPart = "turned"

  private static func size(_ height: Int) -> PhotoRemark {
    let advice = "a photo on which the person is 800 px high or more shows cloth and face sharply"
    let finding = "the person is \(height) px high"
    return height < 300
      ? PhotoRemark("size", .poor, finding, advice: advice)
      : height < 600
        ? PhotoRemark("size", .fair, finding, advice: advice) : PhotoRemark("size", .good, finding)
  }

  private static func persons(_ count: Int) -> PhotoRemark? {
    count < 2
      ? nil
      : PhotoRemark(
        personsPart, .fair, "there are \(count) persons, numbered from the largest",
        advice: "`person` takes another one; a photo of one alone is best")
  }

  private static func turned(_ turns: QuarterTurns) -> PhotoRemark? {
    turns.finding.map {
      PhotoRemark(turnedPart, .fair, $0, advice: "turn the file as well, for other programs")
    }
  }

  private static func view(_ body: BodyFacts, hasFace: Bool) -> PhotoRemark {
    let advice = "a photo from the front shows most"
    if body.isUpsideDown {
      return PhotoRemark(
        "view", .poor, "the person is upside down", advice: "turn the photo upright")
    }
    if body.turn > 120 && !hasFace {
      return PhotoRemark(
        "view", .poor, "the person is seen from behind: the front is a guess", advice: advice)
    }
    if body.turn > 60 {
      return PhotoRemark(
        "view", .poor, "the person is seen from the side: the other side is a guess",
        advice: advice)
    }
    return body.turn > 35
      ? PhotoRemark(
        "view", .fair, "the person is turned by \(Int(body.turn)) degrees", advice: advice)
      : PhotoRemark("view", .good, "the person is seen from the front")
  }

  private static func face(
    _ landmarks: PersonLandmarks, _ body: BodyFacts, _ rows: MaskRows, factor: Float
  ) -> PhotoRemark {
    if body.isCut(.head) || rows.reachesTop && !body.isUpsideDown && !body.armsAreRaised {
      return PhotoRemark(
        "face", .poor, "the head is cut off, or nearly: hair is a guess",
        advice: "take the photo so that all of it is seen")
    }
    guard let face = landmarks.face, let first = face.points.first else {
      return PhotoRemark(
        "face", .poor, "no face is seen: the head is left to the colours around it",
        advice: "a photo of a face without mask or hair before it is better")
    }
    let rows = face.points.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
    let height = Int(saturating: ((rows.1 - rows.0) * factor).limited(to: 0...1e6))
    let finding = "the face is \(height) px high"
    let advice = "60 px are the least that look like somebody, 150 px are good"
    return height < 60
      ? PhotoRemark("face", .poor, finding, advice: advice)
      : height < 110
        ? PhotoRemark("face", .fair, finding, advice: advice) : PhotoRemark("face", .good, finding)
  }

  private static func arms(_ body: BodyFacts) -> PhotoRemark {
    let hidden = ["left", "right"].filter { !body.isSeen($0 == "left" ? .leftArm : .rightArm) }
    if !hidden.isEmpty {
      return PhotoRemark(
        "arms", .poor,
        hidden.count == 2
          ? "both arms are hidden in part" : "the \(hidden[0]) arm is hidden in part",
        advice: "arms that hang a little away from the body are seen whole")
    }
    if body.armsCrossTrunk {
      return PhotoRemark(
        "arms", .fair, "an arm lies before the trunk: what is behind it is a guess",
        advice: "arms that hang a little away from the body hide nothing")
    }
    if body.armsAreRaised {
      return PhotoRemark(
        "arms", .fair,
        "an arm is raised: shoulders and what is on them are a guess for arms that hang",
        advice: "arms that hang a little away from the body are fitted best")
    }
    return PhotoRemark("arms", .good, "both arms are seen")
  }

  private static func hands(_ landmarks: PersonLandmarks, _ body: BodyFacts) -> PhotoRemark {
    let missing = [("left", landmarks.leftHand), ("right", landmarks.rightHand)]
      .filter { $0.1 == nil }.map(\.0)
    switch missing.count {
    case 0: return PhotoRemark("hands", .good, "both hands are seen")
    case 1:
      return PhotoRemark(
        "hands", .fair, "the \(missing[0]) hand is not seen clearly: its fingers are a guess",
        advice: "open hands beside the body are seen best")
    default:
      return PhotoRemark(
        "hands", .poor, "no hand is seen clearly: fingers are a guess",
        advice: "open hands beside the body are seen best")
    }
  }

  private static func pose(_ body: BodyFacts) -> PhotoRemark? {
    if body.isUpsideDown { return nil }
    if body.kneeBend.map({ $0 > BodyFacts.seatedBend }) ?? false {
      return PhotoRemark(
        "pose", .poor, "the person sits or kneels: the lap hides cloth, and lengths are a guess",
        advice: "a standing person is fitted best")
    }
    if body.lean > 60 {
      return PhotoRemark(
        "pose", .poor, "the trunk lies by \(Int(body.lean)) degrees",
        advice: "turn the photo upright if it lies on its side")
    }
    if body.lean > BodyFacts.uprightLean {
      return PhotoRemark(
        "pose", .fair, "the trunk leans by \(Int(body.lean)) degrees",
        advice: "a person who stands upright is fitted best")
    }
    return PhotoRemark("pose", .good, "the person stands")
  }

  private static func legs(_ body: BodyFacts) -> PhotoRemark {
    if body.isCut(.knees) {
      return PhotoRemark(
        "legs", .poor, "the photo ends above the knees: the legs are a guess",
        advice: "take the photo so that the floor is seen")
    }
    let hidden = ["left", "right"].filter { !body.isSeen($0 == "left" ? .leftLeg : .rightLeg) }
    return hidden.isEmpty
      ? PhotoRemark("legs", .good, "both legs are seen")
      : PhotoRemark(
        "legs", .poor,
        hidden.count == 2
          ? "both legs are hidden in part" : "the \(hidden[0]) leg is hidden in part",
        advice: "nothing should stand before the person")
  }

  private static func feet(_ body: BodyFacts, _ rows: MaskRows) -> PhotoRemark {
    if body.isCut(.feet) || rows.reachesBottom && !body.isUpsideDown {
      return PhotoRemark(
        "feet", .poor, "the feet are cut off, or nearly: shoes and height are a guess",
        advice: "take the photo so that the floor is seen")
    }
    return body.isSeen(.feet)
      ? PhotoRemark("feet", .good, "both feet are seen")
      : PhotoRemark(
        "feet", .fair, "the feet are hidden in part", advice: "nothing should stand before them")
  }

  private static func mask(_ rows: MaskRows) -> PhotoRemark? {
    rows.isSoft
      ? PhotoRemark(
        "mask", .fair, "where the person ends is not clear everywhere",
        advice: "a plain background of another colour is better, and so is a mask of your own")
      : PhotoRemark("mask", .good, "the person stands out from the background")
  }
}
