import Compute

/// How surely the pixels near a person's edge are the person's.
///
/// Nothing within a few pixels of the mask's edge, and farther inside less where the colour is a mixture of
/// the person's colour farther in and the background's: no mask is right everywhere, and a dark sleeve
/// before a bright wall would get a fringe.
struct EdgeTrust {
  /// (height, width) 0 to 1.
  let trust: Plane<Float>
  /// (height, width) pixels from the background, 0 there; infinite beyond the reach that was asked for.
  let inwards: Plane<Float>
  /// (height, width) sRGB, continued over the person.
  let background: PushPull.Surroundings

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
  ///   - reach: pixels inwards that `inwards` is wanted for.
  init(
    _ colors: Plane<SIMD4<Float>>, _ coverage: Plane<Float>, width: Int, height: Int, unit: Float,
    reach: Float, pool: WorkerPool
  ) {
    let count = width * height
    let isInside = (0..<count).map { coverage[$0] > 0.5 }
    let trust = Plane<Float>(count: count, filledWith: 0)
    let depth = max(Self.depth * unit, 3)
    let apart = max(3 * unit, 1.5)
    let outwards = DistanceTransform.plane(
      to: isInside, width: width, height: height, reach: apart + 1, pool: pool)
    let inwards = DistanceTransform.plane(
      to: isInside.map { !$0 }, width: width, height: height, reach: max(depth, reach) + 1,
      pool: pool)
    // Both are looked at where they are unknown alone.
    let person = PushPull.Surroundings(colors, width: width, height: height, pool: pool) {
      inwards[$0] > depth
    }
    let background = PushPull.Surroundings(colors, width: width, height: height, pool: pool) {
      outwards[$0] > apart
    }
    pool.inChunks(count, of: 8192) { range in
      for pixel in range {
        let distance = inwards[pixel] - 0.5
        guard distance > 0 else { continue }
        var value = smoothStep(
          distance, max(0.5, Self.edge.0 * unit), max(1.5, Self.edge.1 * unit))
        if value > 0, distance < depth {
          let (row, column) = (pixel / width, pixel % width)
          let around = background.value(row, column)
          let own = inwards[pixel] > depth ? colors[pixel] : person.value(row, column)
          let span = own - around
          let square = span.x * span.x + span.y * span.y + span.z * span.z
          let step = colors[pixel] - around
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
