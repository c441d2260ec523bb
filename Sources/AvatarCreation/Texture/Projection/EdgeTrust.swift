import Compute

/// How surely the pixels near a person's edge are the person's.
///
/// Nothing within a few pixels of the mask's edge, and farther inside less where the colour is a mixture of
/// the person's colour farther in and the background's: no mask is right everywhere, and a dark sleeve
/// before a bright wall would get a fringe.
enum EdgeTrust {
  /// Pixels of a person of 1000: what is never taken, from where the mask alone decides, and how far in
  /// mixtures are looked for.
  private static let edge: (Float, Float) = (2, 5)
  private static let depth: Float = 12
  /// Distances of the person's colour and the background's, sRGB levels, from which mixtures are told.
  private static let contrast: (Float, Float) = (25, 60)

  /// - Parameters:
  ///   - colors: (height, width) sRGB and 1.
  ///   - coverage: (height, width) 0 to 1.
  ///   - unit: pixels of a thousandth of the person's height.
  /// - Returns: (height, width) 0 to 1.
  static func trust(
    _ colors: Plane<SIMD4<Float>>, _ coverage: Plane<Float>, width: Int, height: Int, unit: Float,
    pool: WorkerPool
  ) -> Plane<Float> {
    let count = width * height
    let isInside = Plane<Bool>(count: count, filledWith: false)
    let isOutside = Plane<Bool>(count: count, filledWith: false)
    for pixel in 0..<count {
      isInside[pixel] = coverage[pixel] > 0.5
      isOutside[pixel] = !isInside[pixel]
    }
    func distances(_ kind: Plane<Bool>) -> Plane<Float> {
      DistanceInside.distances(kind, width: width, height: height, pool: pool)
    }
    let (inwards, outwards) = (distances(isInside), distances(isOutside))
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
        guard distance > 0 else {
          inwards[pixel] = 0
          continue
        }
        var trust = smoothStep(distance, max(0.5, edge.0 * unit), max(1.5, edge.1 * unit))
        if trust > 0, distance < depth {
          let span = person[pixel] - background[pixel]
          let square = span.x * span.x + span.y * span.y + span.z * span.z
          let step = colors[pixel] - background[pixel]
          let along = step.x * span.x + step.y * span.y + step.z * span.z
          let share = (along / max(square, 1)).limited(to: 0...1)
          let isTold = smoothStep(square.squareRoot(), contrast.0, contrast.1)
          // Farther in the mask is right more often.
          let mixed = (1 - smoothStep(share, 0.55, 0.9)) * smoothStep(distance, depth, 0.6 * depth)
          trust *= 1 - isTold * mixed
        }
        inwards[pixel] = trust
      }
    }
    return inwards
  }
}
