import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct ColorBleedTests {
  private static let (width, height) = (80, 60)

  /// A dark person right of column 20 before a red wall, the wall's tint fading into the person over ten
  /// pixels, its lightness not at all.
  private struct Scene {
    let colors: Plane<SIMD4<Float>>
    let coverage: Plane<Float>

    init(_ other: (Int, Int) -> SIMD4<Float>? = { _, _ in nil }) {
      colors = Plane(count: width * height, filledWith: SIMD4(200, 40, 30, 1))
      coverage = Plane(count: width * height, filledWith: 0)
      for y in 0..<height {
        for x in 20..<width {
          let cloth = SIMD3<Float>(30, 32, 36)
          let wall = SIMD3<Float>(200, 40, 30)
          let tint = wall - Self.level(wall) - (cloth - Self.level(cloth))
          let share = max(0, 0.3 * (1 - Float(x - 20) / 10))
          colors[y * width + x] = other(x, y) ?? SIMD4(cloth + tint * share, 1)
          coverage[y * width + x] = 1
        }
      }
    }

    static func level(_ c: SIMD3<Float>) -> Float { 0.299 * c.x + 0.587 * c.y + 0.114 * c.z }

    func clean() -> Plane<SIMD4<Float>> {
      let pool = WorkerPool(threads: 2)
      let reach = ColorBleed.reach(scale: 1, unit: 0.6)
      let edge = EdgeTrust(
        colors, coverage, width: width, height: height, unit: 0.6, reach: reach, pool: pool)
      ColorBleed.remove(
        from: colors, edge, width: width, height: height, reach: reach, pool: pool)
      return colors
    }
  }

  @Test func theWallsTintGoesAndLightnessStays() {
    let before = Scene().colors
    let after = Scene().clean()
    for x in 21..<30 {
      let (old, new) = (before[30 * Self.width + x], after[30 * Self.width + x])
      let (a, b) = (SIMD3(old.x, old.y, old.z), SIMD3(new.x, new.y, new.z))
      #expect(abs(Scene.level(a) - Scene.level(b)) < 0.5)
      #expect(b.x - b.y <= 0.25 * (a.x - a.y) + 1)
    }
    // The wall and what lies deep inside are as they were.
    #expect(after[30 * Self.width + 5] == before[30 * Self.width + 5])
    #expect(after[30 * Self.width + 70] == before[30 * Self.width + 70])
  }

  @Test func whatHasColoursOfItsOwnKeepsThem() {
    // A light stripe of the wall's hue, and a green one, at the outline.
    for color in [SIMD4<Float>(230, 120, 110, 1), SIMD4(20, 90, 20, 1)] {
      let cleaned = Scene { x, y in x < 26 && (20..<40).contains(y) ? color : nil }.clean()
      let kept = cleaned[30 * Self.width + 23]
      #expect(abs(kept.x - color.x) + abs(kept.y - color.y) + abs(kept.z - color.z) < 3)
    }
  }
}

private let (width, height) = (80, 60)
