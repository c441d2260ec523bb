import Compute

/// Colours and light of a made-up picture.
struct StudioLook {
  /// Towards the light, in the axes of the camera; a unit vector.
  let light: SIMD3<Float>
  let ambient: Float
  private let skin, shirt, trousers, shoes, hair: SIMD3<Float>
  private let hasSleeves: Bool
  private let patches: [SIMD3<Float>]

  private static let columns = 5
  private static let rows = 6

  init(_ random: inout StudioRandom, hasTexture: Bool) {
    light =
      SIMD3(Float(random.normal(0.4)), -0.6, -0.8).normalized
    ambient = Float(random.uniform(0.35...0.7))
    skin = SIMD3(200, 150, 120) * Float(random.uniform(0.5...1.1))
    shirt = random.color(20...240)
    trousers = random.color(10...150)
    shoes = random.color(10...200)
    hair = SIMD3(45, 35, 30)
    hasSleeves = random.uniform(0...1) < 0.3
    let base = random.color(60...220)
    patches = (0..<Self.columns * Self.rows).map { _ in base + random.color(-50...50) }
  }

  /// By the joint that a vertex follows most.
  func palette(_ joint: Int) -> SIMD3<Float> {
    switch joint {
    case 0, 1, 2, 4, 5: trousers
    case 3, 6, 9, 13, 14, 16, 17: shirt
    case 18, 19: hasSleeves ? shirt : skin
    case 7, 8, 10, 11: shoes
    case 23, 24: hair
    default: skin
    }
  }

  /// Bilinear between the patches; x and y from 0 to 1.
  func background(_ x: Float, _ y: Float) -> SIMD3<Float> {
    let (u, v) = (x * Float(Self.columns - 1), y * Float(Self.rows - 1))
    let (i, j) = (min(Int(u), Self.columns - 2), min(Int(v), Self.rows - 2))
    let (a, b) = (u - Float(i), v - Float(j))
    let first = j * Self.columns + i
    let upper = patches[first] * (1 - a) + patches[first + 1] * a
    let lower = patches[first + Self.columns] * (1 - a) + patches[first + Self.columns + 1] * a
    return upper * (1 - b) + lower * b
  }
}
