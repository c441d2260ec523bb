import Compute
import Testing

@testable import AvatarCreation

@Suite struct PhotoSplineTests {
  private let pool = WorkerPool(threads: 2)

  private func photo(_ value: (Int, Int) -> UInt8) -> WorkingPhoto {
    let (width, height) = (40, 48)
    let pixels = (0..<width * height).flatMap {
      [UInt8](repeating: value($0 % width, $0 / width), count: 3)
    }
    return WorkingPhoto(
      Photo(width: width, height: height, pixels: pixels),
      matte: Matte(
        width: width, height: height, coverage: [Float](repeating: 1, count: pixels.count / 3)),
      box: (low: .zero, high: [Float(width), Float(height)]), pool: pool)
  }

  @Test func constantsStay() {
    let spline = PhotoSpline(photo { _, _ in 77 }, pool: pool)
    for place in [SIMD2<Float>(0, 0), [20.3, 17.9], [40, 48], [-5, 99]] {
      #expect(abs(spline.sample(place).x - 77) < 1e-3)
    }
  }

  /// The means over pixels of a smooth picture's curve are the pixels.
  @Test func meansAreThePixels() {
    let working = photo { x, y in UInt8(120 + 5 * (x % 16 < 8 ? x % 8 : 8 - x % 8) + y) }
    let spline = PhotoSpline(working, pool: pool)
    let steps = 16
    for (x, y) in [(20, 24), (13, 30), (27, 15)] {
      var sum: Float = 0
      for v in 0..<steps {
        for u in 0..<steps {
          let place = SIMD2(
            Float(x) + (Float(u) + 0.5) / Float(steps), Float(y) + (Float(v) + 0.5) / Float(steps))
          sum += spline.sample(place).x
        }
      }
      let pixel = working.colors[y * working.width + x].x
      // Peaks are cut off at the pixels' own values.
      #expect(abs(sum / Float(steps * steps) - pixel) < 1, "\(x), \(y)")
    }
  }

  @Test func nothingOvershootsAtAnEdge() {
    let spline = PhotoSpline(photo { x, _ in x < 20 ? 40 : 200 }, pool: pool)
    for step in 0..<160 {
      let value = spline.sample([Float(step) / 4, 24]).x
      #expect((39.99...200.01).contains(value), "\(step)")
    }
  }
}
