// What an output became.

/// A finished video, picture or sequence.
public struct FinishedOutput: Sendable, Equatable {
  /// The file; for a sequence the pattern of its names.
  public let path: String
  public let frameCount: Int

  public init(path: String, frameCount: Int) {
    self.path = path
    self.frameCount = frameCount
  }
}
