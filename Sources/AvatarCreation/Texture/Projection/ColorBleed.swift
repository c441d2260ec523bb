import Compute

/// Takes the background's tint out of a person's outline.
///
/// Pictures store colour more coarsely than lightness, in squares of up to 16 pixels, and lenses spread it:
/// dark cloth before a red wall has a red rim where its lightness shows nothing of the wall.
enum ColorBleed {
  /// Pixels of the photo that colour reaches into the person.
  private static let photoReach: Float = 20
  /// At most so many pixels of a person of 1000: in small pictures there is nothing else.
  private static let greatestReach: Float = 40
  /// Of what lies beyond the reach, for limbs that are nowhere so wide.
  private static let thinWeight: Float = 0.002
  /// Distances of the tints, sRGB levels, from which they are told apart.
  private static let contrast: (Float, Float) = (14, 35)
  /// Levels of tint beside the line from the person's to the background's, and of lightness beside the
  /// person's, from which a pixel is something else.
  private static let beside: (Float, Float) = (12, 26)
  private static let lightness: (Float, Float) = (25, 50)

  /// Pixels of a picture that colour reaches into the person.
  ///
  /// - Parameters:
  ///   - scale: of the picture, in pixels of it per pixel of the photo.
  ///   - unit: pixels of a thousandth of the person's height.
  static func reach(scale: Float, unit: Float) -> Float {
    max(2, min(photoReach * scale, greatestReach * unit))
  }

  /// - Parameters:
  ///   - colors: (height, width) sRGB and 1, of which those inside are changed.
  ///   - edge: with distances up to `reach`.
  static func remove(
    from colors: Plane<SIMD4<Float>>, _ edge: EdgeTrust, width: Int, height: Int, reach: Float,
    pool: WorkerPool
  ) {
    let inwards = edge.inwards
    let person = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    pool.inChunks(width * height, of: 8192) { range in
      for pixel in range where inwards[pixel] > 1 {
        person[pixel] =
          colors[pixel]
          * max(smoothStep(inwards[pixel], 0.4 * reach, reach), Self.thinWeight)
      }
    }
    PushPull.fill(person, width: width, height: height, pool: pool)
    pool.inChunks(width * height, of: 8192) { range in
      for pixel in range where inwards[pixel] > 0 && inwards[pixel] < reach {
        let (own, inner, outer) = (
          Tint(colors[pixel]), Tint(person[pixel]),
          Tint(edge.background.value(pixel / width, pixel % width))
        )
        let span = outer.tint - inner.tint
        let square = span.dot(span)
        let distinct = smoothStep(square.squareRoot(), contrast.0, contrast.1)
        guard distinct > 0 else { continue }
        let step = own.tint - inner.tint
        let share = (step.dot(span) / square).limited(to: 0...1)
        let rest = (step - share * span).length
        let strength =
          distinct * smoothStep(inwards[pixel], reach, 0.5 * reach)
          * smoothStep(rest, beside.1, beside.0)
          * smoothStep(abs(own.level - inner.level), lightness.1, lightness.0)
        colors[pixel] -= SIMD4(strength * share * span, 0)
      }
    }
  }

  /// A colour as its lightness and what is beside grey.
  private struct Tint {
    let level: Float
    let tint: SIMD3<Float>

    init(_ color: SIMD4<Float>) {
      level = 0.299 * color.x + 0.587 * color.y + 0.114 * color.z
      tint = SIMD3(color.x, color.y, color.z) - level
    }
  }
}
