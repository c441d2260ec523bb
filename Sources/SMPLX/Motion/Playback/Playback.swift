// What a user says of how a motion is shown.

/// What part of a motion is shown, how fast, and which way up.
public struct Playback: Sendable, Equatable {
  /// Output frames a second.
  public var fps: Double = 30
  /// Seconds of the motion; nil: its first and its last frame.
  public var start: Double?
  public var end: Double?
  /// 2 plays in half the time.
  public var speed: Double = 1
  /// Times the motion is shown, one after the other.
  public var repeats: Int = 1
  public var up: UpChoice = .auto
  /// By default the motion begins facing the camera.
  public var facing: Facing = .firstFrame
  /// The body does not leave its place: what it travels over the floor is taken off.
  public var inPlace = false
  /// How many of the motion's betas the body has taken, for the description; nil for none.
  public var takenBetas: Int?

  public init() {}
}
