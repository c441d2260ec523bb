/// How sure a part of a person is, and what would make it better.
public struct PhotoRemark: Sendable, Equatable {
  public enum Certainty: String, Sendable {
    case poor, fair, good
  }

  /// "face", "feet".
  public let part: String
  public let certainty: Certainty
  /// What was seen, without a full stop.
  public let finding: String
  /// What a better photo would show; nil where there is nothing to better.
  public let advice: String?

  public init(_ part: String, _ certainty: Certainty, _ finding: String, advice: String? = nil) {
    self.part = part
    self.certainty = certainty
    self.finding = finding
    self.advice = advice
  }

  /// "the left hand is hidden; a photo with open hands beside the body is better"
  public var sentence: String { advice.map { "\(finding); \($0)" } ?? finding }
}
