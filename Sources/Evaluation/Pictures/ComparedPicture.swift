import Compute
import Media

/// A picture as it is compared: three channels of values of 0 ... 1.
///
/// Grey counts as R = G = B, 8 and 16 bits as fractions of their largest value.
public struct ComparedPicture: Sendable {
  /// What is done with transparent pixels.
  public enum AlphaPolicy: String, Sendable, CaseIterable {
    /// Laid over white.
    case white
    /// Laid over black.
    case black
    /// Colours count as they are stored, whatever their alpha.
    case ignore
  }

  public static let channels = 3

  public let picture: Picture
  public let alpha: AlphaPolicy

  public init(_ picture: Picture, alpha: AlphaPolicy = .white) {
    self.picture = picture
    self.alpha = alpha
  }

  public var width: Int { picture.width }
  public var height: Int { picture.height }

  /// Whether a pixel is not opaque.
  public var isTransparent: Bool {
    guard picture.hasAlpha else { return false }
    func some<S: FixedWidthInteger>(_ samples: [S]) -> Bool {
      stride(from: picture.channels - 1, to: samples.count, by: picture.channels)
        .contains { samples[$0] != S.max }
    }
    return switch picture.samples {
    case .bytes(let bytes): some(bytes)
    case .words(let words): some(words)
    }
  }

  /// - Throws: `dataError` when the sizes differ.
  func requireSize(of other: ComparedPicture) throws {
    guard width == other.width, height == other.height else {
      throw ProgramError(
        .dataError, "the two pictures have different sizes",
        expected: "\(width) x \(height), as the first has",
        found: "\(other.width) x \(other.height)", hint: "only pictures of one size are compared")
    }
  }

  /// The values of channel 0 ..< 3.
  func plane(_ channel: Int) throws -> Plane {
    let plane = try Plane(width: width, height: height)
    switch picture.samples {
    case .bytes(let bytes): fill(plane, channel, bytes, table: Self.bytes)
    case .words(let words): fill(plane, channel, words, table: Self.words)
    }
    return plane
  }

  /// v / 255 and v / 65535.
  private static let bytes = (0...255).map { Double($0) / 255 }
  private static let words = (0...65535).map { Double($0) / 65535 }

  private func fill<S: FixedWidthInteger & UnsignedInteger>(
    _ plane: Plane, _ channel: Int, _ samples: [S], table: [Double]
  ) {
    let (width, step) = (width, picture.channels)
    let offset = step < 3 ? 0 : channel
    let isBlended = picture.hasAlpha && alpha != .ignore
    let background = alpha == .white ? 1.0 : 0.0
    table.withUnsafeBufferPointer { table in
      samples.withUnsafeBufferPointer { samples in
        for y in 0..<height {
          let target = plane.row(y)
          var at = y * width * step
          for x in 0..<width {
            var value = table[Int(samples[at + offset])]
            if isBlended {
              let alpha = table[Int(samples[at + step - 1])]
              value = value * alpha + background * (1 - alpha)
            }
            target[x] = value
            at += step
          }
        }
      }
    }
  }
}
