import Compute

/// Pixels to the outline of a region, positive outside, smoothed a little.
struct SignedDistance: Sendable {
  let width: Int
  let height: Int
  /// (height, width).
  let values: [Float]

  init(_ inside: [Bool], width: Int, height: Int, pool: WorkerPool) {
    self.width = width
    self.height = height
    // Where all or nothing is inside, the outline is farther than any pixel.
    let far = Float(width + height)
    let raw = DistanceTransform.signedDistances(
      to: inside, width: width, height: height, pool: pool
    ).map { -$0.limited(to: -far...far) }
    values = Blur.gaussian(raw, width: width, height: height, sigma: 1, pool: pool)
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
