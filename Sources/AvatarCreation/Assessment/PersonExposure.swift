import Compute

/// How much light a photo has where the person is.
///
/// The brightest fiftieth tells a dark photo from dark clothes: skin, cloth or a highlight is in it, which
/// in a photo that is exposed for the person is far from black.
struct PersonExposure: Sendable, Equatable {
  /// Relative luminance (0 to 1, linear) that a fiftieth of the person exceeds; nil for nobody.
  let bright: Float?
  /// Share of the person that is white in all channels.
  let blown: Float

  /// Below, avatars come out black, and dark. Photos of the study have 0.8 and more, and with an eighth of
  /// their light 0.10 to 0.11.
  static let black: Float = 0.12
  static let dark: Float = 0.2
  private static let mostBlown: Float = 0.5

  /// - Parameters:
  ///   - count: pixels.
  ///   - color: sRGB bytes of a pixel; nil where the person is not.
  init(count: Int, color: (Int) -> SIMD3<UInt8>?) {
    // Equal steps of the square root: fine enough where it is dark.
    let steps = 1024
    var histogram = [Int](repeating: 0, count: steps)
    var (total, white) = (0, 0)
    for pixel in 0..<count {
      guard let color = color(pixel) else { continue }
      let light = PerceptualColor.linear
      let luminance =
        0.2126 * light[Int(color.x)] + 0.7152 * light[Int(color.y)] + 0.0722 * light[Int(color.z)]
      histogram[min(Int(saturating: luminance.squareRoot() * Float(steps)), steps - 1)] += 1
      total += 1
      if color.min() >= 254 { white += 1 }
    }
    blown = Float(white) / Float(max(total, 1))
    var above = 0
    let place = histogram.indices.reversed().first { step in
      above += histogram[step]
      return above * 50 >= max(total, 1)
    }
    bright = place.map { step in
      let root = Float(step) / Float(steps)
      return root * root
    }
  }

  init(_ photo: Photo, _ matte: Matte) {
    precondition(photo.width == matte.width && photo.height == matte.height)
    self.init(count: photo.width * photo.height) { pixel in
      guard matte.coverage[pixel] > 0.5 else { return nil }
      let at = 3 * pixel
      return SIMD3(photo.pixels[at], photo.pixels[at + 1], photo.pixels[at + 2])
    }
  }

  init(_ sample: DinarSample) {
    let (mask, colors) = (sample.mask.elements, sample.realRGB.elements)
    self.init(count: mask.count) { pixel in
      guard mask[pixel] > 0 else { return nil }
      func byte(_ channel: Int) -> UInt8 {
        UInt8(saturating: (colors[channel * mask.count + pixel] + 1) / 2 * 255)
      }
      return SIMD3(byte(0), byte(1), byte(2))
    }
  }

  var remark: PhotoRemark {
    guard let bright else { return PhotoRemark("light", .poor, "nobody is seen") }
    if bright < Self.black {
      return PhotoRemark(
        "light", .poor, "the person is nearly black: so will be the avatar",
        advice: "brighten the photo, or take it in more light")
    }
    if bright < Self.dark {
      return PhotoRemark(
        "light", .fair, "the person is dark: so will be the avatar",
        advice: "brighten the photo, or take it in more light")
    }
    if blown > Self.mostBlown {
      return PhotoRemark(
        "light", .fair, "most of the person is white without detail",
        advice: "a photo with less light, or exposed for the person, shows cloth")
    }
    return PhotoRemark("light", .good, "the person is lit")
  }
}
