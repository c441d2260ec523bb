import Compute

/// A picture that is drawn on, sRGB bytes; what falls outside of it is left out.
package struct Canvas {
  package typealias Color = SIMD3<Float>

  package let width: Int
  package let height: Int
  /// (height, width, 3).
  package private(set) var pixels: [UInt8]

  package init(width: Int, height: Int, color: Color) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 0, count: width * height * 3)
    for pixel in 0..<width * height {
      for channel in 0..<3 { pixels[pixel * 3 + channel] = UInt8(saturating: color[channel]) }
    }
  }

  package func picture() throws -> Picture {
    try Picture(width: width, height: height, channels: 3, bytes: pixels)
  }

  /// - Parameter opacity: 0 to 1.
  package mutating func blend(_ color: Color, x: Int, y: Int, opacity: Float) {
    guard opacity > 0, 0..<width ~= x, 0..<height ~= y else { return }
    let at = (y * width + x) * 3
    for channel in 0..<3 {
      let old = Float(pixels[at + channel])
      pixels[at + channel] = UInt8(saturating: old + (color[channel] - old) * min(opacity, 1))
    }
  }

  /// A line with round ends, its edges one pixel soft.
  package mutating func line(
    from a: SIMD2<Float>, to b: SIMD2<Float>, width thickness: Float, color: Color,
    opacity: Float = 1
  ) {
    let radius = thickness / 2
    guard let area = area(around: [a, b], reach: radius + 1) else { return }
    let direction = b - a
    let length = max((direction * direction).sum(), 1e-12)
    for y in area.y {
      for x in area.x {
        let point = SIMD2(Float(x) + 0.5, Float(y) + 0.5)
        let along = min(max(((point - a) * direction).sum() / length, 0), 1)
        let off = point - a - direction * along
        let distance = (off * off).sum().squareRoot()
        blend(color, x: x, y: y, opacity: min(max(radius + 0.5 - distance, 0), 1) * opacity)
      }
    }
  }

  package mutating func disc(
    at centre: SIMD2<Float>, radius: Float, color: Color, opacity: Float = 1
  ) {
    line(from: centre, to: centre, width: 2 * radius, color: color, opacity: opacity)
  }

  /// Text in one line; its letters' tops are at `y`.
  package mutating func text(_ text: some StringProtocol, x: Int, y: Int, scale: Int, color: Color)
  {
    for (index, letter) in text.enumerated() {
      let left = x + index * PixelFont.advance * scale
      for (row, bits) in PixelFont.standard.rows(of: letter).enumerated() {
        for column in 0..<PixelFont.width where bits >> (PixelFont.width - 1 - column) & 1 == 1 {
          for dy in 0..<scale {
            for dx in 0..<scale {
              blend(
                color, x: left + column * scale + dx, y: y + row * scale + dy, opacity: 1)
            }
          }
        }
      }
    }
  }

  /// A picture of 1 to 4 channels put over what is there, its upper left corner at (x, y).
  package mutating func draw(_ picture: Picture, x left: Int, y top: Int, opacity share: Float = 1)
  {
    let bytes = picture.bytes()
    let channels = picture.channels
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let at = (y * picture.width + x) * channels
        let color: Color =
          channels < 3
          ? Color(repeating: Float(bytes[at]))
          : [Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2])]
        let opacity = picture.hasAlpha ? Float(bytes[at + channels - 1]) / 255 : 1
        blend(color, x: left + x, y: top + y, opacity: opacity * share)
      }
    }
  }

  /// The pixels within reach of some points; nil where there are none, or a point is not finite.
  private func area(
    around points: [SIMD2<Float>], reach: Float
  ) -> (x: Range<Int>, y: Range<Int>)? {
    var (low, high) = (points[0], points[0])
    for point in points {
      guard point.x.isFinite, point.y.isFinite else { return nil }
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let x0 = max(0, Int(saturating: low.x - reach, .down))
    let y0 = max(0, Int(saturating: low.y - reach, .down))
    let x1 = min(width, Int(saturating: high.x + reach, .up))
    let y1 = min(height, Int(saturating: high.y + reach, .up))
    return x0 < x1 && y0 < y1 ? (x0..<x1, y0..<y1) : nil
  }
}
