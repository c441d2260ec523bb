import Compute
import Foundation
import SMPLX

/// Plain questions about a person, answered from landmarks.
struct BodyFacts {
  enum Part {
    case head, leftArm, rightArm, leftLeg, rightLeg, knees, feet

    var landmarks: [Int] {
      switch self {
      case .head: [0, 2, 5, 7, 8]
      case .leftArm: [11, 13, 15]
      case .rightArm: [12, 14, 16]
      case .leftLeg: [23, 25, 27]
      case .rightLeg: [24, 26, 28]
      case .knees: [25, 26]
      case .feet: [27, 28, 29, 30, 31, 32]
      }
    }
  }

  private let landmarks: PersonLandmarks
  private static let least: Float = 0.5

  init(_ landmarks: PersonLandmarks) { self.landmarks = landmarks }

  private func point(_ index: Int) -> SIMD2<Float> {
    let position = landmarks.body[index].position
    return SIMD2(position.x, position.y)
  }

  private func middle(_ a: Int, _ b: Int) -> SIMD2<Float> { (point(a) + point(b)) / 2 }

  /// Whether most of a part is in the picture and nothing before it.
  func isSeen(_ part: Part) -> Bool {
    let seen = part.landmarks.filter { landmarks.body[$0].visibility >= Self.least }
    return seen.count * 3 >= part.landmarks.count * 2
  }

  /// Whether a part lies outside the picture, or at its edge.
  func isCut(_ part: Part) -> Bool {
    let edge = Float(landmarks.height) * 0.004
    let outside = part.landmarks.filter {
      let (p, y) = (point($0), landmarks.body[$0].position.y)
      return y > Float(landmarks.height) - edge || y < edge || p.x < 0
        || p.x > Float(landmarks.width)
    }
    return outside.count * 3 >= part.landmarks.count
  }

  /// Degrees between the picture's plane and the line of shoulders and hips; 180 is a back.
  var turn: Float {
    let across =
      landmarks.world[11] - landmarks.world[12] + landmarks.world[23] - landmarks.world[24]
    // The left side is at the right of a picture from the front.
    let angle = atan2(abs(across.z), across.x) * 180 / .pi
    return angle.isFinite ? angle : 0
  }

  /// What brings the trunk upright, if it leans by more than 60 degrees.
  var turns: QuarterTurns {
    let up = middle(11, 12) - middle(23, 24)
    // Written so that what is not a number turns nothing.
    guard abs(up.x) > -up.y * 1.732 else { return QuarterTurns(0) }
    return QuarterTurns(abs(up.x) > abs(up.y) ? (up.x > 0 ? 3 : 1) : 2)
  }

  /// Whether a mask covers most of what is seen of head, trunk and legs.
  func isShown(by mask: Matte) -> Bool {
    var (inside, count) = (0, 0)
    for index in [0, 11, 12, 23, 24, 25, 26, 27, 28] {
      let place = point(index)
      guard landmarks.body[index].visibility >= Self.least, place.x >= 0, place.y >= 0,
        place.x < Float(mask.width), place.y < Float(mask.height)
      else { continue }
      count += 1
      if mask.coverage[Int(place.y) * mask.width + Int(place.x)] > 0.5 { inside += 1 }
    }
    return inside * 2 >= count
  }

  var isUpsideDown: Bool { middle(11, 12).y > middle(23, 24).y + length * 0.05 }

  /// Degrees between the trunk in the picture and the vertical.
  var lean: Float {
    let trunk = middle(23, 24) - middle(11, 12)
    let angle = atan2(abs(trunk.x), trunk.y) * 180 / .pi
    return angle.isFinite ? angle : 0
  }

  /// Degrees by which the more bent knee is off a straight leg; nil where none is seen.
  var kneeBend: Float? {
    let bends = [(23, 25, 27), (24, 26, 28)].compactMap { hip, knee, ankle -> Float? in
      guard landmarks.body[knee].visibility >= Self.least else { return nil }
      let thigh = landmarks.world[knee] - landmarks.world[hip]
      let shin = landmarks.world[ankle] - landmarks.world[knee]
      let lengths = ((thigh * thigh).sum() * (shin * shin).sum()).squareRoot()
      guard lengths > 1e-9 else { return nil }
      return acos(((thigh * shin).sum() / lengths).limited(to: -1...1)) * 180 / .pi
    }
    return bends.max()
  }

  /// Degrees of a knee beyond which nobody stands, and of the trunk.
  static let seatedBend: Float = 70
  static let uprightLean: Float = 25

  var stands: Bool {
    !isUpsideDown && lean <= Self.uprightLean && (kneeBend ?? 0) <= Self.seatedBend
  }

  /// Whether an elbow is nearly as high as the shoulder, or higher.
  var armsAreRaised: Bool {
    [(11, 13), (12, 14)].contains { shoulder, elbow in
      landmarks.body[elbow].visibility >= Self.least
        && point(elbow).y < point(shoulder).y + 0.15 * length
    }
  }

  /// Whether a wrist is before the trunk.
  var armsCrossTrunk: Bool {
    let (left, right) = (max(point(11).x, point(23).x), min(point(12).x, point(24).x))
    let (top, bottom) = (middle(11, 12).y, middle(23, 24).y)
    let inner = (left - right) * 0.15
    return [15, 16].contains {
      let wrist = point($0)
      return wrist.x < left - inner && wrist.x > right + inner && wrist.y > top && wrist.y < bottom
    }
  }

  /// Of the trunk in the picture, pixels.
  private var length: Float {
    let trunk = middle(23, 24) - middle(11, 12)
    return (trunk * trunk).sum().squareRoot()
  }
}

/// What a mask tells without landmarks.
struct MaskRows {
  /// From the first row with the person to the last.
  let count: Int
  /// Whether much of the person's edge is neither in nor out.
  let isSoft: Bool
  /// Whether the person goes on to the picture's edge.
  let reachesTop: Bool
  let reachesBottom: Bool

  init(_ mask: Matte) {
    var (first, last) = (mask.height, -1)
    var (inside, between) = (0, 0)
    for y in 0..<mask.height {
      for value in mask.coverage[(y * mask.width)..<((y + 1) * mask.width)] where value > 0.1 {
        if value > 0.5 { (first, last) = (min(first, y), y) }
        if value > 0.9 { inside += 1 } else { between += 1 }
      }
    }
    count = max(0, last - first + 1)
    (reachesTop, reachesBottom) = (count > 0 && first == 0, count > 0 && last == mask.height - 1)
    // A person's outline is about five heights long, and a network's mask is soft over a cell of it.
    let cell = max(Float(count) / 100, 2)
    isSoft = count > 0 && Float(between) > 5 * Float(count) * cell && between * 4 > inside
  }
}
