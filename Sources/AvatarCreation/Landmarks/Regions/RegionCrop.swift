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

  private func write(row: Int, from pixels: UnsafePointer<UInt8>, to target: FeatureMap) {
    let size = Double(target.width)
    let down = (Double(row) / size - 0.5) * region.side
    let step = SIMD2(cos(region.angle), sin(region.angle)) * region.side
    let start = region.centre + SIMD2(-sin(region.angle), cos(region.angle)) * down
    let scale = (range.upperBound - range.lowerBound) / 255
    var to = target.base + row * target.rowStride
    for column in 0..<target.width {
      let place = start + step * (Double(column) / size - 0.5)
      let colour = sample(place, pixels) * scale + range.lowerBound
      to[0] = colour.x
      to[1] = colour.y
      to[2] = colour.z
      to += target.pixelStride
    }
  }

  @inline(__always)
  private func sample(_ place: SIMD2<Double>, _ pixels: UnsafePointer<UInt8>) -> SIMD4<Float> {
    let whole = place.rounded(.down)
    let part = SIMD2<Float>(place - whole)
    let (x, y) = (Self.index(whole.x), Self.index(whole.y))
    if x >= 0, y >= 0, x + 1 < photo.width, y + 1 < photo.height {
      let column = isMirrored ? photo.width - 1 - x : x
      let first = pixels + 3 * (y * photo.width + column)
      let next = isMirrored ? -3 : 3
      let below = first + 3 * photo.width
      return mix(
        mix(Self.colour(first), Self.colour(first + next), part.x),
        mix(Self.colour(below), Self.colour(below + next), part.x), part.y)
    }
    return mix(
      mix(pixel(x, y, pixels), pixel(x + 1, y, pixels), part.x),
      mix(pixel(x, y + 1, pixels), pixel(x + 1, y + 1, pixels), part.x), part.y)
  }

  /// A whole number as an integer; beyond 2^30 every pixel is outside, and where there is no number.
  @inline(__always)
  private static func index(_ whole: Double) -> Int {
    whole > -0x1p30 && whole < 0x1p30 ? Int(whole) : whole > 0 ? 1 << 30 : -1 << 30
  }

  @inline(__always)
  private func mix(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ part: Float) -> SIMD4<Float> {
    a * (1 - part) + b * part
  }

  @inline(__always)
  private static func colour(_ from: UnsafePointer<UInt8>) -> SIMD4<Float> {
    SIMD4<Float>(SIMD4<UInt8>(from[0], from[1], from[2], 0))
  }

  @inline(__always)
  private func pixel(_ x: Int, _ y: Int, _ pixels: UnsafePointer<UInt8>) -> SIMD4<Float> {
    let isInside = x >= 0 && x < photo.width && y >= 0 && y < photo.height
    if border == .black && !isInside { return .zero }
    let column = min(max(isMirrored ? photo.width - 1 - x : x, 0), photo.width - 1)
    return Self.colour(
      pixels + 3 * (min(max(y, 0), photo.height - 1) * photo.width + column))
  }
}
