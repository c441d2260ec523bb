/// How much of each pixel of a picture the person covers.
public struct Matte: Sendable {
  /// Pixels.
  public let width: Int
  public let height: Int
  /// (height, width), 0 background to 1 person.
  public var coverage: [Float]

  public init(width: Int, height: Int, coverage: [Float]) {
    precondition(coverage.count == width * height)
    self.width = width
    self.height = height
    self.coverage = coverage
  }
}
