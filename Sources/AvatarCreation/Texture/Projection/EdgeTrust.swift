import Compute

/// How surely the pixels near a person's edge are the person's.
///
/// Nothing within a few pixels of the mask's edge, and farther inside less where the colour is a mixture of
/// the person's colour farther in and the background's: no mask is right everywhere, and a dark sleeve
/// before a bright wall would get a fringe.
struct EdgeTrust {
  /// (height, width) 0 to 1.
  let trust: Plane<Float>
  /// (height, width) pixels from the background, 0 there.
  let inwards: Plane<Float>
  /// (height, width) sRGB, continued over the person.
  let background: Plane<SIMD4<Float>>

  /// Pixels of a person of 1000: what is never taken, from where the mask alone decides, and how far in
  /// mixtures are looked for.
  private static let edge: (Float, Float) = (2, 5)
  private static let depth: Float = 15
  /// Distances of the person's colour and the background's, sRGB levels, from which mixtures are told.
  private static let contrast: (Float, Float) = (25, 60)
  /// Levels towards the background, or beside the line to it.
  private static let mixture: (Float, Float) = (10, 28)

  /// - Parameters:
  ///   - colors: (height, width) sRGB and 1.
  ///   - coverage: (height, width) 0 to 1.
  ///   - unit: pixels of a thousandth of the person's height.
  init(
    _ colors: Plane<SIMD4<Float>>, _ coverage: Plane<Float>, width: Int, height: Int, unit: Float,
    pool: WorkerPool
  ) {
    let count = width * height
    let isInside = (0..<count).map { coverage[$0] > 0.5 }
    let trust = Plane<Float>(count: count, filledWith: 0)
    func distances(to seeds: [Bool]) -> [Float] {
      DistanceTransform.distances(to: seeds, width: width, height: height, pool: pool)
    }
    let outwards = distances(to: isInside)
    let inwards = Plane(distances(to: isInside.map { !$0 }), orEmpty: 0)
    let depth = max(Self.depth * unit, 3)
    let person = Plane<SIMD4<Float>>(count: count, filledWith: .zero)
    let background = Plane<SIMD4<Float>>(count: count, filledWith: .zero)
    for pixel in 0..<count {
      if inwards[pixel] > depth { person[pixel] = colors[pixel] }
      if outwards[pixel] > max(3 * unit, 1.5) { background[pixel] = colors[pixel] }
    }
    PushPull.fill(person, width: width, height: height, pool: pool)
    PushPull.fill(background, width: width, height: height, pool: pool)
    pool.inChunks(count, of: 8192) { range in
      for pixel in range {
        let distance = inwards[pixel] - 0.5
        guard distance > 0 else { continue }
        var value = smoothStep(
          distance, max(0.5, Self.edge.0 * unit), max(1.5, Self.edge.1 * unit))
        if value > 0, distance < depth {
          let span = person[pixel] - background[pixel]
          let square = span.x * span.x + span.y * span.y + span.z * span.z
          let step = colors[pixel] - background[pixel]
          let along = step.x * span.x + step.y * span.y + step.z * span.z
          let share = (along / max(square, 1)).limited(to: 0...1)
          let length = square.squareRoot()
          let rest = step - span * share
          let beside = (rest.x * rest.x + rest.y * rest.y + rest.z * rest.z).squareRoot()
          // Farther in the mask is right more often.
          let mixed =
            smoothStep((1 - share) * length, Self.mixture.0, Self.mixture.1)
            * smoothStep(beside, Self.mixture.1 + 10, Self.mixture.0)
            * smoothStep(distance, depth, 0.6 * depth)
          value *= 1 - smoothStep(length, Self.contrast.0, Self.contrast.1) * mixed
        }
        trust[pixel] = value
      }
    }
    (self.trust, self.inwards, self.background) = (trust, inwards, background)
  }
}
