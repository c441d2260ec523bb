// What is shown.

/// What the bytes of a picture's pixels say.
public enum PixelMeaning: Sendable {
  /// sRGB, with straight alpha in a fourth channel.
  case color
  /// A 16-bit number, its high byte in red and its low byte in green; written as 16-bit grey.
  case depth
}
