import Avatar
import Compute
import Testing

@testable import AvatarCreation

@Suite struct PhotoScalingTests {
  private let pool = WorkerPool(threads: 1)

  /// A mean of light and not of levels: black and white in turn become the grey that is half as bright.
  @Test func meansAreOfLight() {
    let stripes = (0..<64 * 64).flatMap { [UInt8](repeating: $0 % 2 == 0 ? 0 : 255, count: 3) }
    let small = Photo(width: 64, height: 64, pixels: stripes).scaled(toLongerSide: 8, pool: pool)
    let half = SRGB.encoded(0.5) * 255
    // Not at the edges, where a filter sees one column more of one kind.
    for y in 0..<8 {
      for x in 1..<7 {
        #expect(abs(Float(small.pixels[(y * 8 + x) * 3]) - half) <= 3)
      }
    }
  }

  /// Weights are not negative and add up to one: constant colours stay, nothing overshoots.
  @Test func constantsStay() {
    for side in [1, 3, 7, 16] {
      let photo = Photo(
        width: 17, height: 13, pixels: (0..<17 * 13).flatMap { _ in [10, 128, 250] as [UInt8] },
        focalLength: 34)
      let small = photo.scaled(toLongerSide: side, pool: pool)
      #expect(small.width == side)
      #expect(small.focalLength == 34 * Float(side) / 17)
      for pixel in 0..<small.width * small.height {
        #expect(Array(small.pixels[(pixel * 3)..<(pixel * 3 + 3)]) == [10, 128, 250])
      }
    }
  }

  @Test func nothingIsEnlarged() {
    let photo = Photo(width: 3, height: 2, pixels: [UInt8](0..<18))
    #expect(photo.scaled(toLongerSide: 3, pool: pool).pixels == photo.pixels)
    #expect(photo.scaled(toLongerSide: 100, pool: pool).width == 3)
  }

  /// Colours of what is transparent do not bleed into what is not.
  @Test func transparencyIsWeighed() {
    let width = 16
    let pixels = (0..<width * width).flatMap { index -> [UInt8] in
      index % width < 8 ? [200, 40, 40] : [0, 255, 0]
    }
    let alpha = (0..<width * width).map { UInt8($0 % width < 8 ? 255 : 0) }
    let small = Photo(width: width, height: width, pixels: pixels, alpha: alpha)
      .scaled(toLongerSide: 5, pool: pool)
    for pixel in 0..<25 where small.alpha?[pixel] ?? 0 > 0 {
      #expect(Array(small.pixels[(pixel * 3)..<(pixel * 3 + 3)]) == [200, 40, 40])
    }
    #expect(small.alpha?[0] == 255 && small.alpha?[4] == 0)
  }

  @Test func threadsChangeNothing() {
    let pixels = (0..<101 * 67 * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let photo = Photo(width: 101, height: 67, pixels: pixels)
    let one = photo.scaled(toLongerSide: 40, pool: pool).pixels
    for threads in [2, 5] {
      #expect(photo.scaled(toLongerSide: 40, pool: WorkerPool(threads: threads)).pixels == one)
    }
  }
}
