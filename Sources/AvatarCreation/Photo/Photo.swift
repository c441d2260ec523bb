/// A picture of a person, upright, as the stages of creation read it.
public struct Photo: Sendable {
  /// Pixels.
  public let width: Int
  public let height: Int
  /// (height, width, 3) sRGB bytes.
  public let pixels: [UInt8]
  /// (height, width) bytes of the file's own alpha channel, if it says something.
  public let alpha: [UInt8]?
  /// Pixels, if the file tells.
  public let focalLength: Float?

  public init(
    width: Int, height: Int, pixels: [UInt8], alpha: [UInt8]? = nil, focalLength: Float? = nil
  ) {
    precondition(
      pixels.count == width * height * 3 && alpha.map { $0.count == width * height } ?? true)
    self.width = width
    self.height = height
    self.pixels = pixels
    self.alpha = alpha
    self.focalLength = focalLength
  }
}
