import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct SimilarityTests {
  /// Two flat pictures: windows have no variance, so that the second factor is 1.
  @Test func flatPictures() throws {
    let (a, b) = (try flat(40, 23, [200, 100, 0]), try flat(40, 23, [180, 100, 10]))
    var expected = 0.0
    for (one, other) in [(200.0, 180.0), (100, 100), (0, 10)] {
      let (x, y) = (one / 255, other / 255)
      expected += (2 * x * y + 1e-4) / (x * x + y * y + 1e-4) / 3
    }
    let found = try PairMeasurement(a, b).values
    for metric in [Metric.ssim, .ssimFull, .ssimGaussian, .ssimUniform] {
      #expect(abs(try #require(found[metric]) - expected) < 1e-12, "\(metric.name)")
    }
  }

  /// The definition written out window by window, of one channel.
  static func definition(
    _ x: [[Double]], _ y: [[Double]], _ filter: WindowFilter, counts: (Int, Int) -> Bool
  ) -> Double {
    let n = filter.count
    var (sum, count) = (0.0, 0.0)
    for top in 0...x.count - n {
      for left in 0...x[0].count - n where counts(top + n / 2, left + n / 2) {
        var (mx, my) = (0.0, 0.0)
        for i in 0..<n {
          for j in 0..<n {
            let weight = filter.weights[i] * filter.weights[j]
            mx += weight * x[top + i][left + j]
            my += weight * y[top + i][left + j]
          }
        }
        var (vx, vy, vxy) = (0.0, 0.0, 0.0)
        for i in 0..<n {
          for j in 0..<n {
            let weight = filter.weights[i] * filter.weights[j] * filter.covarianceScale
            let (dx, dy) = (x[top + i][left + j] - mx, y[top + i][left + j] - my)
            vx += weight * dx * dx
            vy += weight * dy * dy
            vxy += weight * dx * dy
          }
        }
        let light = (2 * mx * my + 1e-4) / (mx * mx + my * my + 1e-4)
        sum += light * (2 * vxy + 9e-4) / (vx + vy + 9e-4)
        count += 1
      }
    }
    return sum / count
  }

  static func rows(_ picture: Picture, _ channel: Int) -> [[Double]] {
    let bytes = picture.bytes()
    return (0..<picture.height).map { y in
      (0..<picture.width).map { Double(bytes[(y * picture.width + $0) * 3 + channel]) / 255 }
    }
  }

  @Test(arguments: [(11, 11), (12, 30), (33, 17), (7, 8), (75, 13), (19, 140)])
  func equalsTheDefinition(_ width: Int, _ height: Int) throws {
    let a = try noise(width, height)
    let b = try changed(a) { Int($1) + $0 % 41 - 20 }
    let found = try PairMeasurement(a, b).values
    for (metric, filter) in [(Metric.ssimFull, WindowFilter.gaussian), (.ssimUniform, .uniform)] {
      guard min(width, height) >= filter.count else {
        #expect(found[metric] == nil)
        continue
      }
      let expected =
        (0..<3).map {
          Self.definition(Self.rows(a, $0), Self.rows(b, $0), filter) { _, _ in true }
        }.reduce(0, +) / 3
      #expect(abs(try #require(found[metric]) - expected) < 1e-12, "\(metric.name)")
    }
  }

  /// Windows with their centre inside.
  @Test func insideAMask() throws {
    let a = try noise(29, 34)
    let b = try changed(a) { Int($1) + $0 % 41 - 20 }
    func isInside(_ y: Int, _ x: Int) -> Bool { (x - 12) * (x - 12) + (y - 20) * (y - 20) < 60 }
    let mask = try PictureMask(
      Picture(
        width: 29, height: 34, channels: 1,
        bytes: (0..<29 * 34).map { isInside($0 / 29, $0 % 29) ? 255 : 0 }))
    let found = try PairMeasurement(a, b, mask: mask).values
    for (metric, filter) in [(Metric.ssimFull, WindowFilter.gaussian), (.ssimUniform, .uniform)] {
      let expected =
        (0..<3).map {
          Self.definition(Self.rows(a, $0), Self.rows(b, $0), filter, counts: isInside)
        }.reduce(0, +) / 3
      #expect(abs(try #require(found[metric]) - expected) < 1e-12, "\(metric.name)")
    }
  }

  @Test func sidesThatAreTooSmall() throws {
    for (side, defined) in [
      (1, []), (6, []), (7, [Metric.ssimUniform]),
      (11, [.ssimUniform, .ssim, .ssimFull, .ssimGaussian]),
      (160, [.ssimUniform, .ssim, .ssimFull, .ssimGaussian]),
      (161, [.ssimUniform, .ssim, .ssimFull, .ssimGaussian, .multiScaleSSIM]),
    ] as [(Int, Set<Metric>)] {
      let found = try PairMeasurement(noise(side, 200), noise(side, 200, seed: 2)).values
      #expect(Set(found.keys).intersection(Metric.structural) == defined, "\(side)")
      #expect(Metric.all.allSatisfy { (found[$0] != nil) == (side >= $0.leastSide) }, "\(side)")
    }
  }

  /// Blocks as torch averages them: what does not fill one is dropped, or the border is repeated first.
  @Test func averaging() throws {
    let plane = try Plane(width: 5, height: 3)
    for y in 0..<3 { for x in 0..<5 { plane.row(y)[x] = Double(y * 10 + x) } }
    func values(_ plane: Plane) -> [[Double]] {
      (0..<plane.height).map { y in (0..<plane.width).map { plane.row(y)[$0] } }
    }
    #expect(values(try plane.averaged(by: 2)) == [[5.5, 7.5]])
    #expect(values(try plane.averaged(by: 3)) == [[11]])
    #expect(
      values(try plane.averaged(by: 2, padding: 1)) == [[0, 1.5, 3.5], [15, 16.5, 18.5]])
  }

  @Test func pythonsRounding() {
    let sides = [1, 255, 383, 384, 385, 512, 639, 640, 641, 896, 1024]
    #expect(
      sides.map { SimilarityScales.factor(side: $0) } == [1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 4])
  }

  /// Contrast that is turned round counts as none.
  @Test func oppositesHaveNoMultiScaleSimilarity() throws {
    let a = try noise(170, 170)
    let b = try changed(a) { 255 - Int($1) }
    #expect(try PairMeasurement(a, b).values[.multiScaleSSIM] == 0)
  }
}
