/// What a motion is: frames of SMPL-X joint rotations at a rate, and a line that says what was
/// found in the file.
///
/// Sits between the files (`MotionFile`) and the frame loop (`ResampledMotion`). AMASS, plain
/// smplx parameters and DINAR's animations all become a `MotionClip`; anything else that can
/// give frames of 55 rotations fits in by this protocol.
import Compute

/// A recorded motion in its file's own axes and at its own rate.
///
/// A frame is `frameWidth` floats: 55 rotations (axis-angle, radians, three floats each, in the
/// order of `BodyPose.rotations`), the translation (metres, three floats), then
/// `expressionCount` expression coefficients. Reading is safe from several threads at once.
public protocol Motion: Sendable {
  /// At least 1.
  var frameCount: Int { get }
  /// Frames a second, positive and finite.
  var frameRate: Double { get }
  /// Expression coefficients in each frame; 0 if the motion has none.
  var expressionCount: Int { get }
  var summary: MotionSummary { get }
  /// Writes one frame (`0..<frameCount`) as `frameWidth` floats. Throws only if the file or its
  /// temporary copy can no longer be read.
  func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws
  /// The motion for a body whose joints (55) lie elsewhere at rest, metres: skeletons of other kinds
  /// are matched to it. Rotations and translations of SMPL-X are the same for every body.
  func fitted(to restJoints: [SIMD3<Float>]) throws -> any Motion
  /// Whether the rotations follow from where the joints of a body lie at rest.
  var followsBody: Bool { get }
}

extension Motion {
  public func fitted(to restJoints: [SIMD3<Float>]) throws -> any Motion { self }
  public var followsBody: Bool { false }
}

/// Where things are in a frame of floats.
public enum MotionFrame {
  /// Offset of the translation.
  public static let translation = 3 * BodyPose.jointCount
  /// Offset of the expression coefficients.
  public static let expression = translation + 3

  static let body = 3
  static let jaw = 3 * 22
  static let eyes = 3 * 23
  static let leftHand = 3 * 25
  static let rightHand = 3 * 40

  /// Names of the joints, in the order of the rotations.
  static let jointNames: [String] = {
    let fingers = ["index", "middle", "pinky", "ring", "thumb"].flatMap { finger in
      (1...3).map { "\(finger)\($0)" }
    }
    return [
      "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2",
      "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar",
      "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
      "left_wrist", "right_wrist", "jaw", "left_eye", "right_eye",
    ] + fingers.map { "left_\($0)" } + fingers.map { "right_\($0)" }
  }()
}

extension Motion {
  /// Floats of one frame.
  public var frameWidth: Int { MotionFrame.expression + expressionCount }

  /// Seconds from the first frame to the last one.
  public var span: Double { Double(frameCount - 1) / frameRate }

  /// One frame in the file's own axes.
  public func pose(frame index: Int) throws -> BodyPose {
    var pose = BodyPose()
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: frameWidth) { scratch in
      guard let frame = scratch.baseAddress else { return }
      try read(frame: index, into: frame)
      pose.assign(frame: frame, expressionCount: expressionCount)
    }
    return pose
  }
}

extension BodyPose {
  /// Takes over a frame laid out as `Motion` says. Allocates nothing once the arrays have their
  /// sizes.
  mutating func assign(frame: UnsafePointer<Float>, expressionCount: Int) {
    if rotations.count != BodyPose.jointCount {
      rotations = [SIMD3<Float>](repeating: .zero, count: BodyPose.jointCount)
    }
    rotations.withUnsafeMutableBufferPointer { rotations in
      for joint in 0..<BodyPose.jointCount {
        let p = frame + 3 * joint
        rotations[joint] = SIMD3(p[0], p[1], p[2])
      }
    }
    let t = frame + MotionFrame.translation
    translation = SIMD3(t[0], t[1], t[2])
    guard expressionCount > 0 else {
      expression = nil
      return
    }
    if expression?.count != expressionCount {
      expression = [Float](repeating: 0, count: expressionCount)
    }
    for i in 0..<expressionCount { expression?[i] = frame[MotionFrame.expression + i] }
  }
}

/// How a file gave its hands.
public enum MotionHands: Sendable, Equatable {
  /// Complete axis-angle rotations (AMASS).
  case rotations
  /// Axis-angle rotations to which the model's mean hand was added.
  case rotationsFromMean
  /// The first `count` hand components of the body model, its mean added or not.
  case components(count: Int, meanAdded: Bool)
  /// None in the file: the body model's mean hand.
  case relaxed
  /// None in the file: flat hands.
  case flat

  public var label: String {
    switch self {
    case .rotations: "full hands"
    case .rotationsFromMean: "hands relative to the relaxed mean"
    case .components(let count, let meanAdded):
      "\(count) hand components" + (meanAdded ? " + relaxed mean" : " (flat mean)")
    case .relaxed: "no fingers (relaxed)"
    case .flat: "no hands (flat)"
    }
  }
}

/// What a root's rotation turns about.
public enum RootPivot: Sendable, Equatable {
  /// The pelvis, joint 0 of the shaped body, as SMPL has it: x becomes R (x - J0) + J0 + t.
  case pelvis
  /// The origin of the body's own axes, as EasyMocap has it: x becomes R x + t.
  case origin
}

/// What was found in a motion file, for one line on the terminal and for `inspect`.
public struct MotionSummary: Sendable, Equatable {
  public var layout: MotionLayout
  public var frameCount: Int
  public var frameRate: Double
  /// The key that gave the rate; nil if it was set by the caller or by default.
  public var frameRateKey: String?
  public var hands: MotionHands
  /// The performer's gender as the file spells it. The avatar keeps its own.
  public var gender: String?
  /// The performer's shape coefficients, in the space of the file's own model. Not applied.
  public var betas: [Float]?
  /// The axis that the file itself says is up (key `up_axis`).
  public var upAxis: UpAxis?
  /// What the root's rotation turns about.
  public var pivot = RootPivot.pelvis
  /// Persons of the file, by the names that choose one; empty where there is one.
  public var persons: [String] = []
  /// Sequences of the file, by the names that choose one; empty where there is one.
  public var sequences: [String] = []
  /// How many of the betas the body takes, when the shape is taken; nil where it is not.
  public var takenBetas: Int?
  /// Things a user should know, a short sentence each: a rate by default, keys that disagree.
  public var notices: [String] = []

  /// "AMASS SMPL-H, 601 frames at 120 fps (5.01 s), full hands, male betas ignored".
  public var description: String { description(orientation: nil) }

  /// The same with `orientation` ("Z up (turned)") after the rate.
  func description(orientation: String?) -> String {
    let seconds = decimal(Double(frameCount) / frameRate, digits: 2)
    let frames = frameCount == 1 ? "1 frame" : "\(frameCount) frames"
    var parts = [
      layout.label, "\(frames) at \(decimal(frameRate, digits: 3)) fps (\(seconds) s)",
    ]
    if let orientation { parts.append(orientation) }
    parts.append(hands.label)
    let person = gender == "neutral" ? nil : gender
    let hasShape = betas?.contains { $0 != 0 } ?? false
    if let takenBetas {
      parts.append("\(person.map { "\($0) " } ?? "")shape of \(takenBetas) betas taken")
      return parts.joined(separator: ", ")
    }
    switch (person, hasShape) {
    case (let person?, true): parts.append("\(person) betas ignored")
    case (let person?, false): parts.append("gender \(person) ignored")
    case (nil, true): parts.append("betas ignored")
    case (nil, false): break
    }
    return parts.joined(separator: ", ")
  }
}

/// What the rotations of hands are relative to.
public enum HandReading: String, Sendable, CaseIterable {
  /// The flat hand: nothing is added.
  case complete
  /// The model's relaxed mean hand, which is added.
  case relative
  /// Not taken: hands stay flat.
  case flat
}

/// Whose axes a motion is in.
public enum MotionCoordinates: String, Sendable, CaseIterable {
  case world, camera
}

/// How to read a motion file where the file leaves a choice.
public struct MotionOptions: Sendable {
  /// Frames a second; overrides what the file says.
  public var frameRate: Double?
  /// The rate of a file that does not say.
  public var defaultFrameRate: Double = 30
  /// What hands are; nil: as the layout has them (AMASS: complete, smplx parameters: relative unless
  /// `flat_hand_mean` is in the file and true, DINAR: relative).
  public var hands: HandReading?
  /// Where files give both: the world's axes, or the camera's.
  public var coordinates = MotionCoordinates.world
  /// The person of a file of several; nil takes the first.
  public var person: String?
  /// The sequence of a file of several; nil takes the first.
  public var sequence: String?
  /// What translations are multiplied by: 0.01 for centimetres.
  public var scale: Double?
  /// Seconds of the motion that will be shown: numbers that are none outside of them do not matter.
  public var start: Double?
  public var end: Double?
  /// Takes the file's expression coefficients; they mean something only on the body model that
  /// they were fitted with.
  public var takesExpression = false
  /// Which joint of a skeleton (BVH) is which of SMPL-X; nil finds them by their names.
  public var jointMap: JointMap?
  /// Given to every frame instead of the file's eyes; nil keeps the file's.
  public var gaze: Gaze?

  public init() {}
}

/// `value` with at most `digits` decimals and no trailing zeros: 120, 59.94, 5.01.
func decimal(_ value: Double, digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = (value * scale).rounded() / scale
  guard rounded != rounded.rounded() || abs(rounded) >= 1e15 else {
    return String(Int(rounded))
  }
  return "\(rounded)"
}
