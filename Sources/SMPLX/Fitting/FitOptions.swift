/// What is known about a photo besides the photo.
public struct FitOptions: Sendable, Equatable {
  public enum Mode: String, Sendable, CaseIterable {
    /// The person stands upright before a camera that is held about level.
    case standing
    /// Any pose.
    case free
  }

  public var mode: Mode
  /// Of the person, metres; nil if unknown. A picture alone does not tell it.
  public var height: Double?
  /// Pixels; nil for 1.2 times the longer side.
  public var focalLength: Double?

  public init(
    mode: Mode = .standing, height: Double? = nil, focalLength: Double? = nil
  ) {
    self.mode = mode
    self.height = height
    self.focalLength = focalLength
  }
}
