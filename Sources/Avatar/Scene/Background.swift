import Compute
import Foundation
import Media
import TensorFiles

/// What is behind the person.
public enum Background: Sendable, Equatable {
  /// sRGB bytes.
  case color(SIMD3<UInt8>)
  /// Straight alpha in the output; only pictures can hold it.
  case transparent
  /// RGB rows already at the output's size.
  case picture(Picture)

  public static let white = Background.color([255, 255, 255])

  private static let names: [String: SIMD3<UInt8>] = [
    "white": [255, 255, 255], "black": [0, 0, 0], "gray": [128, 128, 128],
    "grey": [128, 128, 128], "red": [255, 0, 0], "green": [0, 177, 64], "blue": [0, 71, 187],
    "studio": [226, 229, 233],
  ]

  /// What colours can be named, one spelling each.
  public static let colorNames = names.keys.filter { $0 != "gray" }.sorted()

  /// Parses a colour name, `#rgb`, `#rrggbb`, `transparent`, or the path of a picture, which is
  /// scaled to cover the frame and cut at the edges.
  public static func parse(_ text: String, width: Int, height: Int) throws -> Background {
    if text == "transparent" { return .transparent }
    if let color = names[text.lowercased()] { return .color(color) }
    if text.hasPrefix("#") {
      let digits = text.dropFirst().compactMap { $0.hexDigitValue.map(UInt8.init) }
      if digits.count == text.count - 1 {
        if digits.count == 6 {
          return .color([
            digits[0] * 16 + digits[1], digits[2] * 16 + digits[3], digits[4] * 16 + digits[5],
          ])
        }
        if digits.count == 3 { return .color([digits[0] * 17, digits[1] * 17, digits[2] * 17]) }
      }
      throw ProgramError(
        .usage, "the background colour cannot be read", key: "`background`",
        expected: "#rgb or #rrggbb", found: text)
    }
    do {
      if try !FileKind(path: text).isPicture {
        throw ProgramError.otherKind(
          "the background is not a picture", path: text, expected: "a PNG or JPEG picture")
      }
      let picture = try PictureFile.read(path: text)
      return .picture(try cover(picture, width: width, height: height))
    } catch let error as ProgramError
      where error.code == .noInput && !FileManager.default.fileExists(atPath: text)
    {
      throw ProgramError(
        .noInput, "the background is neither a colour nor a picture that exists",
        file: text, key: "`background`",
        expected: names.keys.sorted().joined(separator: ", ") + ", #rrggbb, transparent or a file")
    }
  }

  /// Scales a picture so that it just covers width x height, centred, by area averaging when it
  /// shrinks and bilinearly when it grows; alpha is laid over white.
  static func cover(_ picture: Picture, width: Int, height: Int) throws -> Picture {
    guard (1...16384).contains(width), (1...16384).contains(height) else {
      throw ProgramError(
        .usage, "the size of the background is out of bounds", key: "`size`",
        expected: "sides of 1 to 16384 pixels", found: "\(width)x\(height)")
    }
    let scale = min(
      Double(picture.width) / Double(width), Double(picture.height) / Double(height))
    let left = (Double(picture.width) - scale * Double(width)) / 2
    let top = (Double(picture.height) - scale * Double(height)) / 2
    let horizontal = resampling(left, scale, width, picture.width)
    let vertical = resampling(top, scale, height, picture.height)
    let rgb = picture.rgbOverWhite()
    var rows = [Float](repeating: 0, count: picture.height * width * 3)
    for y in 0..<picture.height {
      for x in 0..<width {
        var sum = SIMD3<Float>.zero
        for (index, weight) in horizontal[x] {
          let p = (y * picture.width + index) * 3
          sum += weight * SIMD3(Float(rgb[p]), Float(rgb[p + 1]), Float(rgb[p + 2]))
        }
        for c in 0..<3 { rows[(y * width + x) * 3 + c] = sum[c] }
      }
    }
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width * 3 {
        var sum: Float = 0.5
        for (index, weight) in vertical[y] { sum += weight * rows[index * width * 3 + x] }
        bytes[y * width * 3 + x] = UInt8(saturating: sum, .towardZero)
      }
    }
    return try Picture(width: width, height: height, channels: 3, bytes: bytes)
  }

  /// Source pixels and weights of each target pixel along one axis: a tent as wide as the step
  /// (at least one source pixel).
  private static func resampling(
    _ start: Double, _ scale: Double, _ count: Int, _ limit: Int
  ) -> [[(Int, Float)]] {
    let radius = max(scale, 1)
    return (0..<count).map { index in
      let centre = start + (Double(index) + 0.5) * scale
      var taps: [(Int, Double)] = []
      let first = Int(saturating: centre - radius, .down)
      for source in first...Int(saturating: centre + radius, .up) {
        let weight = 1 - abs(Double(source) + 0.5 - centre) / radius
        if weight > 0 { taps.append((min(max(source, 0), limit - 1), weight)) }
      }
      let sum = taps.reduce(0) { $0 + $1.1 }
      return taps.map { ($0.0, Float($0.1 / sum)) }
    }
  }
}

extension Picture {
  /// 8-bit RGB rows of any picture; alpha is laid over white.
  func rgbOverWhite() -> [UInt8] {
    let rgba = converted(toChannels: 4).bytes()
    return [UInt8](unsafeUninitializedCapacity: width * height * 3) { result, count in
      for pixel in 0..<width * height {
        let alpha = Int(rgba[pixel * 4 + 3])
        for c in 0..<3 {
          let value = Int(rgba[pixel * 4 + c])
          result[pixel * 3 + c] = UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
        }
      }
      count = width * height * 3
    }
  }
}
