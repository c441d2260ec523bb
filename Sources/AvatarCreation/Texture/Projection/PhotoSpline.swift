import Compute

/// A photo between its pixels: the cubic spline whose means over the pixels' squares are the pixels.
///
/// A pixel is a mean over its square, so a curve through the pixels' middles is a blurred picture. This one
/// gives back what the means have taken, as far as they tell. Method: Unser and Aldroubi, "A General
/// Sampling Theory for Nonideal Acquisition Devices" (1994); the recursive filters of Unser, Aldroubi and
/// Eden, "B-Spline Signal Processing" (1993).
struct PhotoSpline: Sendable {
  let width: Int
  let height: Int
  /// (height, width)
  private let pixels: Plane<SIMD4<Float>>
  /// (height, width) of cubic B-splines at the pixels' middles.
  private let coefficients: Plane<SIMD4<Float>>

  /// Of the filter (1, 76, 230, 76, 1) / 384, the means of cubic B-splines over pixels.
  private static let poles: [Float] = [-0.361341226, -0.0137254293]

  init(_ photo: WorkingPhoto, pool: WorkerPool) {
    let (width, height) = (photo.width, photo.height)
    (self.width, self.height) = (width, height)
    let plane = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    let colors = photo.colors
    pool.inChunks(height, of: 16) { rows in
      let first = rows.lowerBound * width
      (plane.pointer + first).update(from: colors.pointer + first, count: rows.count * width)
      Self.invert(plane.pointer, lines: rows, apart: width, count: width, step: 1)
    }
    pool.inChunks(width, of: 16) { columns in
      Self.invert(plane.pointer, lines: columns, apart: 1, count: height, step: width)
    }
    coefficients = plane
    pixels = colors
  }

  /// Four lines at a time: a filter waits for what it has just made, and columns share cache lines.
  private static func invert(
    _ plane: UnsafeMutablePointer<SIMD4<Float>>, lines: Range<Int>, apart: Int, count: Int,
    step: Int
  ) {
    let buffer = AlignedBuffer<SIMD16<Float>>(count: count, filledWith: .zero)
    let four = UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: SIMD4<Float>.self)
    for first in stride(from: lines.lowerBound, to: lines.upperBound, by: 4) {
      let number = min(4, lines.upperBound - first)
      let base = plane + first * apart
      for k in 0..<count {
        for line in 0..<number { four[4 * k + line] = base[line * apart + k * step] }
      }
      invert(buffer.pointer, count: count)
      for k in 0..<count {
        for line in 0..<number { base[line * apart + k * step] = four[4 * k + line] }
      }
    }
  }

  /// Values of lines, mirrored at their ends, to the coefficients of the splines that have them.
  private static func invert(_ line: UnsafeMutablePointer<SIMD16<Float>>, count: Int) {
    guard count > 1 else { return }
    for pole in poles {
      let gain = (1 - pole) * (1 - 1 / pole)
      var (sum, power) = (SIMD16<Float>.zero, Float(1))
      // Powers of a pole beyond this are rounding.
      for k in 0..<min(count, 16) {
        sum += line[k] * power
        power *= pole
      }
      line[0] = sum * gain
      for k in 1..<count { line[k] = line[k] * gain + line[k - 1] * pole }
      let last = line[count - 1] + line[count - 2] * pole
      line[count - 1] = last * (pole / (pole * pole - 1))
      for k in stride(from: count - 2, through: 0, by: -1) {
        line[k] = (line[k + 1] - line[k]) * pole
      }
    }
  }

  /// The colour at a place in pixels.
  @inline(__always)
  func sample(_ place: SIMD2<Float>) -> SIMD4<Float> {
    let x = (place.x - 0.5).limited(to: 0...Float(width - 1))
    let y = (place.y - 0.5).limited(to: 0...Float(height - 1))
    let column = min(max(Int(x), 1), width - 3)
    let row = min(max(Int(y), 1), height - 3)
    let (wx, wy) = (weights(x - Float(column)), weights(y - Float(row)))
    let base = coefficients.pointer + ((row - 1) * width + column - 1)
    var sum = SIMD4<Float>.zero
    for k in 0..<4 {
      let line = base + k * width
      let left: SIMD4<Float> = line[0] * wx[0] + line[1] * wx[1]
      let right: SIMD4<Float> = line[2] * wx[2] + line[3] * wx[3]
      sum += (left + right) * wy[k]
    }
    // An edge between two pixels is as steep as can be without a seam of what neither is.
    let pixel = pixels.pointer + (row * width + column)
    let (one, two, three, four) = (pixel[0], pixel[1], pixel[width], pixel[width + 1])
    let low = pointwiseMin(pointwiseMin(one, two), pointwiseMin(three, four))
    let high = pointwiseMax(pointwiseMax(one, two), pointwiseMax(three, four))
    return pointwiseMin(pointwiseMax(sum, low), high)
  }
}

/// Of four cubic B-splines, the second of which is `t` before the place; beyond 0 ... 1 (near a border) the
/// nearest.
@inline(__always)
private func weights(_ t: Float) -> SIMD4<Float> {
  let t = t.limited(to: 0...1)
  let u = 1 - t
  let (first, last) = (u * u * u / 6, t * t * t / 6)
  let second = (3 * t - 6) * t * t / 6 + Float(2) / 3
  return SIMD4(first, second, 1 - first - second - last, last)
}
