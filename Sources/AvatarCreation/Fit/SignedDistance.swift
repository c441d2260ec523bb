import Compute

/// Pixels to the outline of a region, positive outside, smoothed a little.
struct SignedDistance: Sendable {
  let width: Int
  let height: Int
  /// (height, width).
  let values: [Float]

  init(_ inside: [Bool], width: Int, height: Int) {
    self.width = width
    self.height = height
    let toInside = squaredDistances(inside, width: width, height: height)
    let toOutside = squaredDistances(inside.map { !$0 }, width: width, height: height)
    // The outline runs between pixels, half a pixel from the centre of either.
    let raw = inside.indices.map { index in
      inside[index] ? 0.5 - toOutside[index].squareRoot() : toInside[index].squareRoot() - 0.5
    }
    values = blurred(raw, width: width, height: height)
  }

  /// The distance at a position (pixel centres at +0.5) and its gradient, bilinear; nil off the picture.
  func sample(_ position: SIMD2<Double>) -> (distance: Double, gradient: SIMD2<Double>)? {
    let x = position.x - 0.5
    let y = position.y - 0.5
    guard x >= 0, y >= 0, x < Double(width - 1), y < Double(height - 1) else { return nil }
    let (column, row) = (Int(x), Int(y))
    let (fx, fy) = (x - Double(column), y - Double(row))
    func value(_ dx: Int, _ dy: Int) -> Double {
      Double(values[(row + dy) * width + column + dx])
    }
    let (a, b, c, d) = (value(0, 0), value(1, 0), value(0, 1), value(1, 1))
    let upper = a + fx * (b - a)
    let lower = c + fx * (d - c)
    return (
      upper + fy * (lower - upper),
      SIMD2((b - a) * (1 - fy) + (d - c) * fy, (c - a) * (1 - fx) + (d - b) * fx)
    )
  }
}

/// Squared distance of each pixel to the nearest that is set, exact (Felzenszwalb and Huttenlocher 2012);
/// very large where none is.
func squaredDistances(_ isSet: [Bool], width: Int, height: Int) -> [Float] {
  let far: Float = 1e12
  var field = isSet.map { $0 ? 0 : far }
  let longest = max(width, height)
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * longest + 1) { floats in
    withUnsafeTemporaryAllocation(of: Int.self, capacity: longest) { centres in
      field.withUnsafeMutableBufferPointer { field in
        guard let source = floats.baseAddress, let base = field.baseAddress else { return }
        let bounds = source + longest
        func transform(_ line: UnsafeMutablePointer<Float>, _ count: Int, _ stride: Int) {
          var any = false
          for i in 0..<count {
            source[i] = line[i * stride]
            any = any || source[i] < far
          }
          guard any else { return }
          var last = -1
          for i in 0..<count where source[i] < far {
            var start = -Float.infinity
            while last >= 0 {
              let centre = centres[last]
              let rise = source[i] - source[centre] + Float(i * i - centre * centre)
              start = rise / Float(2 * (i - centre))
              if start > bounds[last] { break }
              last -= 1
            }
            if last < 0 { start = -.infinity }
            last += 1
            centres[last] = i
            bounds[last] = start
          }
          var piece = 0
          for i in 0..<count {
            while piece < last && bounds[piece + 1] < Float(i) { piece += 1 }
            let distance = Float(i - centres[piece])
            line[i * stride] = distance * distance + source[centres[piece]]
          }
        }
        for x in 0..<width { transform(base + x, height, width) }
        for y in 0..<height { transform(base + y * width, width, 1) }
      }
    }
  }
  return field
}

/// Binomial smoothing over five pixels, about a Gaussian of one pixel; the border's pixels continue
/// outwards.
private func blurred(_ plane: [Float], width: Int, height: Int) -> [Float] {
  func pass(_ source: [Float], _ count: Int, _ stride: Int, _ lines: Int, _ step: Int) -> [Float] {
    var result = source
    for line in 0..<lines {
      for i in 0..<count {
        func at(_ offset: Int) -> Float {
          source[line * step + min(max(i + offset, 0), count - 1) * stride]
        }
        let sum = at(-2) + at(2) + 4 * (at(-1) + at(1)) + 6 * at(0)
        result[line * step + i * stride] = sum / 16
      }
    }
    return result
  }
  let rows = pass(plane, width, 1, height, width)
  return pass(rows, height, width, width, 1)
}
