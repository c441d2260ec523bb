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
    // Beyond 2^30 every pixel is outside; what is not a number is too.
    let limit = SIMD2<Double>(repeating: 0x1p30)
    let limited = whole.clamped(lowerBound: SIMD2.zero - limit, upperBound: limit)
    let (x, y) = (Int(saturating: limited.x), Int(saturating: limited.y))
    let above = mix(pixel(x, y, pixels), pixel(x + 1, y, pixels), part.x)
    let below = mix(pixel(x, y + 1, pixels), pixel(x + 1, y + 1, pixels), part.x)
    return mix(above, below, part.y)
  }

  @inline(__always)
  private func mix(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ part: Float) -> SIMD4<Float> {
    a * (1 - part) + b * part
  }

  @inline(__always)
  private func pixel(_ x: Int, _ y: Int, _ pixels: UnsafePointer<UInt8>) -> SIMD4<Float> {
    let isInside = x >= 0 && x < photo.width && y >= 0 && y < photo.height
    if border == .black && !isInside { return .zero }
    let column = min(max(isMirrored ? photo.width - 1 - x : x, 0), photo.width - 1)
    let from = pixels + 3 * (min(max(y, 0), photo.height - 1) * photo.width + column)
    return SIMD4(Float(from[0]), Float(from[1]), Float(from[2]), 0)
  }
}
