import Compute
import Foundation
import NeuralRender

/// A region of a picture as the input of a network.
///
/// Pixel (u, v) of n x n is the picture at ((u / n, v / n) - 1/2) sides from the region's centre, turned by
/// its angle: bilinear, without antialiasing and without half a pixel of shift on either side.
struct RegionCrop: Sendable {
  /// What is outside the picture.
  enum Border: Sendable { case black, nearest }

  let photo: Photo
  let region: Region
  var border = Border.nearest
  /// What 0 and 255 become.
  let range: ClosedRange<Float>
  /// The region is one of the mirror image.
  var isMirrored = false

  /// Fills a square image of three channels.
  func write(to target: FeatureMap, on pool: WorkerPool) {
    let rows = 8
    pool.run((target.height + rows - 1) / rows) { item, _ in
      photo.pixels.withUnsafeBufferPointer { pixels in
        guard let base = pixels.baseAddress else { return }
        for row in item * rows..<min((item + 1) * rows, target.height) {
          write(row: row, from: base, to: target)
        }
      }
    }
  }

  /// Plain numbers throughout: vectors of two lanes are slower.
  private func write(row: Int, from pixels: UnsafePointer<UInt8>, to target: FeatureMap) {
    let size = Double(target.width)
    let down = (Double(row) / size - 0.5) * region.side
    let (stepX, stepY) = (cos(region.angle) * region.side, sin(region.angle) * region.side)
    let startX = region.centre.x - sin(region.angle) * down
    let startY = region.centre.y + cos(region.angle) * down
    let (width, height, isMirrored) = (photo.width, photo.height, self.isMirrored)
    let (scale, offset) = ((range.upperBound - range.lowerBound) / 255, range.lowerBound)
    let (rowBytes, next) = (3 * width, isMirrored ? -3 : 3)
    var to = target.base + row * target.rowStride
    for column in 0..<target.width {
      let along = Double(column) / size - 0.5
      let (placeX, placeY) = (startX + stepX * along, startY + stepY * along)
      let (wholeX, wholeY) = (placeX.rounded(.down), placeY.rounded(.down))
      let (x, y) = (Self.index(wholeX), Self.index(wholeY))
      let (right, low) = (Float(placeX - wholeX), Float(placeY - wholeY))
      if x >= 0, y >= 0, x + 1 < width, y + 1 < height {
        let above = pixels + (y &* rowBytes &+ 3 &* (isMirrored ? width &- 1 &- x : x))
        let below = above + rowBytes
        for channel in 0..<3 {
          let upper = Self.mix(above[channel], above[channel &+ next], right)
          let lower = Self.mix(below[channel], below[channel &+ next], right)
          to[channel] = (upper * (1 - low) + lower * low) * scale + offset
        }
      } else {
        for channel in 0..<3 {
          let upper = Self.mix(
            value(x, y, channel, pixels), value(x + 1, y, channel, pixels), right)
          let lower = Self.mix(
            value(x, y + 1, channel, pixels), value(x + 1, y + 1, channel, pixels), right)
          to[channel] = (upper * (1 - low) + lower * low) * scale + offset
        }
      }
      to += target.pixelStride
    }
  }

  /// A whole number as an integer; beyond 2^30 every pixel is outside, and where there is no number.
  @inline(__always)
  private static func index(_ whole: Double) -> Int {
    whole > -0x1p30 && whole < 0x1p30 ? Int(whole) : whole > 0 ? 1 << 30 : -1 << 30
  }

  @inline(__always)
  private static func mix(_ one: UInt8, _ other: UInt8, _ part: Float) -> Float {
    Float(one) * (1 - part) + Float(other) * part
  }

  /// A byte of a pixel that may lie outside.
  private func value(
    _ x: Int, _ y: Int, _ channel: Int, _ pixels: UnsafePointer<UInt8>
  ) -> UInt8 {
    let isInside = x >= 0 && x < photo.width && y >= 0 && y < photo.height
    if border == .black && !isInside { return 0 }
    let column = min(max(isMirrored ? photo.width - 1 - x : x, 0), photo.width - 1)
    return pixels[3 * (min(max(y, 0), photo.height - 1) * photo.width + column) + channel]
  }
}
