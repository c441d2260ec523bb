import Compute

/// A part of a photo and its matte made smaller: means of red, green, blue and coverage over each pixel's
/// square.
struct PhotoReduction: Sendable {
  private let photo: Photo
  private let matte: Matte
  private let left: Int
  private let top: Int
  private let scale: Float
  private let columns: [Span]

  /// Pixels of the photo along one axis, from the part's beginning on, and where the square begins and ends.
  private struct Span {
    let first, last: Int
    let low, high: Float

    init(_ index: Int, scale: Float, limit: Int) {
      (low, high) = (Float(index) / scale, Float(index + 1) / scale)
      first = Int(low)
      last = max(first, min(Int(saturating: high, .up) - 1, limit))
    }

    @inline(__always)
    func weight(_ pixel: Int) -> Float { min(Float(pixel + 1), high) - max(Float(pixel), low) }
  }

  /// - Parameters:
  ///   - left: of the part, pixels of the photo; `top` likewise.
  ///   - width: pixels to be made.
  ///   - scale: pixels to be made for one of the photo, at most 1.
  init(
    _ photo: Photo, _ matte: Matte, left: Int, top: Int, width: Int, height: Int, scale: Float
  ) {
    (self.photo, self.matte, self.left, self.top, self.scale) = (photo, matte, left, top, scale)
    columns = (0..<width).map { Span($0, scale: scale, limit: photo.width - 1 - left) }
  }

  /// - Parameters:
  ///   - colors: get sRGB of 0 to 255 and 1.
  ///   - coverage: gets 0 to 1.
  func row(
    _ index: Int, _ colors: UnsafeMutablePointer<SIMD4<Float>>,
    _ coverage: UnsafeMutablePointer<Float>
  ) {
    let rows = Span(index, scale: scale, limit: photo.height - 1 - top)
    photo.pixels.withUnsafeBufferPointer { pixels in
      matte.coverage.withUnsafeBufferPointer { matte in
        for (column, span) in columns.enumerated() {
          var (sum, total) = (SIMD4<Float>.zero, Float(0))
          for y in rows.first...rows.last {
            let line = min(y + top, photo.height - 1) * photo.width
            let share = rows.weight(y)
            for x in span.first...span.last {
              let weight = max(share * span.weight(x), 1e-6)
              let place = line + min(x + left, photo.width - 1)
              let covered = place < matte.count ? matte[place] : 0
              sum +=
                weight
                * SIMD4(
                  Float(pixels[3 * place]), Float(pixels[3 * place + 1]),
                  Float(pixels[3 * place + 2]), covered)
              total += weight
            }
          }
          let mean = sum / total
          colors[column] = SIMD4(mean.x, mean.y, mean.z, 1)
          coverage[column] = mean.w
        }
      }
    }
  }
}
