import Compute

/// Fills what is unknown in a picture from what is known around it: means of ever larger squares.
///
/// Method: Gortler et al., "The Lumigraph" (1996), the pull-push algorithm.
enum PushPull {
  /// - Parameters:
  ///   - pixels: (height, width); the fourth entry is a weight of 0 to 1, the first three are values times
  ///     it. Afterwards the first three are values everywhere and the fourth is 1; a picture without any
  ///     weight stays as it is.
  static func fill(
    _ pixels: Plane<SIMD4<Float>>, width: Int, height: Int, wrapsColumns: Bool = false,
    pool: WorkerPool
  ) {
    var levels: [(pixels: Plane<SIMD4<Float>>, width: Int, height: Int)] = [
      (pixels, width, height)
    ]
    while let last = levels.last, min(last.width, last.height) > 1 {
      let (w, h) = ((last.width + 1) / 2, (last.height + 1) / 2)
      let next = Plane<SIMD4<Float>>(count: w * h, filledWith: .zero)
      reduce(last.pixels, last.width, last.height, into: next, w, h, pool)
      levels.append((next, w, h))
    }
    guard let top = levels.last else { return }
    normalise(top.pixels)
    for index in stride(from: levels.count - 2, through: 0, by: -1) {
      let (fine, coarse) = (levels[index], levels[index + 1])
      expand(
        coarse.pixels, coarse.width, coarse.height, over: fine.pixels, fine.width, fine.height,
        wrapsColumns, pool)
    }
  }

  private static func reduce(
    _ fine: Plane<SIMD4<Float>>, _ width: Int, _ height: Int, into coarse: Plane<SIMD4<Float>>,
    _ coarseWidth: Int, _ coarseHeight: Int, _ pool: WorkerPool
  ) {
    pool.inChunks(coarseHeight, of: max(1, 8192 / coarseWidth)) { rows in
      for row in rows {
        let upper = fine.pointer + 2 * row * width
        let lower = 2 * row + 1 < height ? upper + width : nil
        for column in 0..<coarseWidth {
          let isWhole = 2 * column + 1 < width
          var sum = upper[2 * column]
          if isWhole { sum += upper[2 * column + 1] }
          if let lower {
            sum += lower[2 * column]
            if isWhole { sum += lower[2 * column + 1] }
          }
          coarse.pointer[row * coarseWidth + column] = sum.w > 1 ? sum / sum.w : sum
        }
      }
    }
  }

  private static func normalise(_ pixels: Plane<SIMD4<Float>>) {
    var sum = SIMD4<Float>.zero
    for index in 0..<pixels.count { sum += pixels[index] }
    let mean = sum.w > 0 ? sum / sum.w : .zero
    for index in 0..<pixels.count {
      let pixel = pixels[index]
      pixels[index] = pixel + (1 - pixel.w) * mean
    }
  }

  /// Where a pixel lies in the picture of half the size: the pixel that holds it, and the next one.
  @inline(__always)
  private static func neighbour(
    _ index: Int, _ count: Int, _ wraps: Bool
  ) -> (near: Int, far: Int) {
    let near = index / 2
    let far = index % 2 == 0 ? near - 1 : near + 1
    if (0..<count).contains(far) { return (near, far) }
    return (near, wraps ? (far + count) % count : near)
  }

  private static func expand(
    _ coarse: Plane<SIMD4<Float>>, _ coarseWidth: Int, _ coarseHeight: Int,
    over fine: Plane<SIMD4<Float>>, _ width: Int, _ height: Int, _ wraps: Bool, _ pool: WorkerPool
  ) {
    pool.inChunks(height, of: max(1, 16384 / width)) { rows in
      for row in rows {
        let (nearRow, farRow) = neighbour(row, coarseHeight, false)
        let near = coarse.pointer + nearRow * coarseWidth
        let far = coarse.pointer + farRow * coarseWidth
        let target = fine.pointer + row * width
        for column in 0..<width where target[column].w < 1 {
          let (a, b) = neighbour(column, coarseWidth, wraps)
          target[column] += (1 - target[column].w) * mixed(near, far, a, b)
        }
      }
    }
  }

  @inline(__always)
  private static func mixed(
    _ near: UnsafePointer<SIMD4<Float>>, _ far: UnsafePointer<SIMD4<Float>>, _ a: Int, _ b: Int
  ) -> SIMD4<Float> {
    0.5625 * near[a] + 0.1875 * (near[b] + far[a]) + 0.0625 * far[b]
  }

  /// A picture filled from some of its pixels, for those who look at the others alone: kept at half the size.
  struct Surroundings: Sendable {
    private let half: Plane<SIMD4<Float>>
    private let width: Int
    private let height: Int

    /// - Parameters:
    ///   - pixels: (height, width), of weight 1.
    ///   - isKnown: of a pixel's number.
    init(
      _ pixels: Plane<SIMD4<Float>>, width: Int, height: Int, pool: WorkerPool,
      where isKnown: @escaping @Sendable (Int) -> Bool
    ) {
      let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
      let half = Plane<SIMD4<Float>>(count: halfWidth * halfHeight, filledWith: .zero)
      pool.inChunks(halfHeight, of: max(1, 8192 / halfWidth)) { rows in
        for row in rows {
          for column in 0..<halfWidth {
            var sum = SIMD4<Float>.zero
            for y in 2 * row..<min(2 * row + 2, height) {
              for x in 2 * column..<min(2 * column + 2, width) where isKnown(y * width + x) {
                sum += pixels[y * width + x]
              }
            }
            half[row * halfWidth + column] = sum.w > 1 ? sum / sum.w : sum
          }
        }
      }
      PushPull.fill(half, width: halfWidth, height: halfHeight, pool: pool)
      (self.half, self.width, self.height) = (half, halfWidth, halfHeight)
    }

    /// What `fill` makes of an unknown pixel.
    @inline(__always)
    func value(_ row: Int, _ column: Int) -> SIMD4<Float> {
      let (nearRow, farRow) = PushPull.neighbour(row, height, false)
      let (a, b) = PushPull.neighbour(column, width, false)
      return PushPull.mixed(half.pointer + nearRow * width, half.pointer + farRow * width, a, b)
    }
  }
}
