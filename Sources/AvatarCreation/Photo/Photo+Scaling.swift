import Avatar
import Compute
import Foundation

extension Photo {
  /// The photo shrunk so that its longer side has so many pixels; as it is if it has no more already.
  ///
  /// Each pixel becomes the mean of what it covers, weighted by a Hamming-windowed sinc of one pixel's
  /// reach: no weight is negative, so no edge gets a halo, and it keeps more detail than a tent. The mean is
  /// one of light, not of sRGB values, as a camera with fewer pixels would have taken it, and of what is
  /// opaque, where there is alpha.
  ///
  /// - Parameter pool: runs over rows; the result does not depend on its threads.
  public func scaled(toLongerSide side: Int, pool: WorkerPool) -> Photo {
    let longer = max(width, height)
    guard side < longer, side >= 1 else { return self }
    let size = { (of: Int) in max(1, Int(saturating: Double(of) * Double(side) / Double(longer))) }
    return resized(width: size(width), height: size(height), pool: pool)
  }

  /// The photo with another number of pixels; enlarged, it is interpolated between two at a time.
  func resized(width outWidth: Int, height outHeight: Int, pool: WorkerPool) -> Photo {
    let columns = FilterTaps(from: width, to: outWidth)
    let rows = FilterTaps(from: height, to: outHeight)
    let narrow = lines(shrunkBy: columns, to: outWidth, pool: pool)
    let count = outWidth * outHeight
    var opacity = [UInt8](repeating: 255, count: count)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * 3) { pixels, filled in
      opacity.withUnsafeMutableBufferPointer { opacity in
        // Each call writes a row of its own.
        nonisolated(unsafe) let (pixels, opacity) = (pixels, opacity)
        pool.run(outHeight) { y, _ in
          for x in 0..<outWidth {
            var sum = SIMD4<Float>.zero
            for tap in rows.range(y) {
              sum += narrow[rows.source(tap, of: y) * outWidth + x] * rows.weights[tap]
            }
            let pixel = y * outWidth + x
            opacity[pixel] = UInt8(saturating: min(max(sum.w, 0), 1) * 255)
            // Where nothing shows, the colour of transparent photos.
            let colour = sum.w > 0 ? sum / sum.w : SIMD4(repeating: SRGB.linear(128 / 255))
            let light = colour.clamped(lowerBound: .zero, upperBound: .one)
            let places = (light.squareRoot() * Float(SRGB.encodingSize - 1)).rounded(
              .toNearestOrEven)
            for channel in 0..<3 {
              pixels[pixel * 3 + channel] = UInt8(SRGB.encodingTable[Int(places[channel])])
            }
          }
        }
      }
      filled = count * 3
    }
    return Photo(
      width: outWidth, height: outHeight, pixels: pixels, alpha: alpha == nil ? nil : opacity,
      focalLength: focalLength.map { $0 * Float(outWidth) / Float(width) })
  }

  /// (height, outWidth): light times opacity, and opacity, of all lines.
  private func lines(
    shrunkBy columns: FilterTaps, to outWidth: Int, pool: WorkerPool
  ) -> [SIMD4<Float>] {
    let light = (0..<256).map { SRGB.linear(Float($0) / 255) }
    let (width, height, alpha) = (width, height, alpha)
    return pixels.withUnsafeBufferPointer { source in
      [SIMD4<Float>](unsafeUninitializedCapacity: height * outWidth) { result, filled in
        // Each call writes a line of its own.
        nonisolated(unsafe) let (source, result) = (source, result)
        pool.run(height) { y, _ in
          light.withUnsafeBufferPointer { light in
            for x in 0..<outWidth {
              var sum = SIMD4<Float>.zero
              for tap in columns.range(x) {
                let pixel = y * width + columns.source(tap, of: x)
                let opacity = alpha.map { Float($0[pixel]) / 255 } ?? 1
                let colour = SIMD4<Float>(
                  light[Int(source[pixel * 3])], light[Int(source[pixel * 3 + 1])],
                  light[Int(source[pixel * 3 + 2])], 1)
                sum += colour * (opacity * columns.weights[tap])
              }
              result[y * outWidth + x] = sum
            }
          }
        }
        filled = height * outWidth
      }
    }
  }
}
