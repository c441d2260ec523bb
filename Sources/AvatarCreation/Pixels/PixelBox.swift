import Compute

/// A rectangle of pixels of a picture.
struct PixelBox: Equatable {
  var left: Int
  var top: Int
  var width: Int
  var height: Int

  /// The smallest one around the pixels that are set; nil if none is.
  init?(around inside: [Bool], width: Int, height: Int) {
    var (left, right, top, bottom) = (width, -1, height, -1)
    for y in 0..<height {
      for x in 0..<width where inside[y * width + x] {
        (left, right) = (min(left, x), max(right, x))
        (top, bottom) = (min(top, y), max(bottom, y))
      }
    }
    guard right >= left else { return nil }
    self.init(left: left, top: top, width: right - left + 1, height: bottom - top + 1)
  }

  /// The pixels around some points, with a share of their longer side as margin, inside a picture; all of it
  /// if no point is.
  init(around points: [SIMD2<Float>], margin: Float, width: Int, height: Int) {
    self.init(left: 0, top: 0, width: width, height: height)
    let finite = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = finite.first else { return }
    let low = finite.reduce(first) { pointwiseMin($0, $1) }
    let high = finite.reduce(first) { pointwiseMax($0, $1) }
    let free = (high - low).max() * margin
    let x0 = max(0, Int(saturating: low.x - free, .down))
    let y0 = max(0, Int(saturating: low.y - free, .down))
    let x1 = min(width, Int(saturating: high.x + free, .up))
    let y1 = min(height, Int(saturating: high.y + free, .up))
    if x0 < x1, y0 < y1 { self.init(left: x0, top: y0, width: x1 - x0, height: y1 - y0) }
  }

  init(left: Int, top: Int, width: Int, height: Int) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// Larger on all sides, within a picture.
  func grown(by margin: Int, width: Int, height: Int) -> PixelBox {
    let (x, y) = (max(left - margin, 0), max(top - margin, 0))
    return PixelBox(
      left: x, top: y, width: min(left + self.width + margin, width) - x,
      height: min(top + self.height + margin, height) - y)
  }

  /// The box's part of (height, width) values.
  func cut<Value>(_ values: [Value], width: Int) -> [Value] {
    var result: [Value] = []
    result.reserveCapacity(self.width * height)
    for y in top..<top + height {
      result.append(contentsOf: values[y * width + left..<y * width + left + self.width])
    }
    return result
  }

  /// The photo's colours in the box, sRGB levels.
  func colors(_ photo: Photo) -> [SIMD3<Float>] {
    [SIMD3<Float>](unsafeUninitializedCapacity: width * height) { output, initialized in
      photo.pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          var source = 3 * ((top + y) * photo.width + left)
          for x in 0..<width {
            output[y * width + x] = SIMD3(
              Float(pixels[source]), Float(pixels[source + 1]), Float(pixels[source + 2]))
            source += 3
          }
        }
      }
      initialized = width * height
    }
  }

  /// A whole picture's coverage with the box's in its place and nothing around it.
  func pasted(_ coverage: [Float], width: Int, height: Int) -> Matte {
    var result = [Float](repeating: 0, count: width * height)
    for y in 0..<self.height {
      let start = (top + y) * width + left
      result.replaceSubrange(
        start..<start + self.width, with: coverage[y * self.width..<(y + 1) * self.width])
    }
    return Matte(width: width, height: height, coverage: result)
  }
}
