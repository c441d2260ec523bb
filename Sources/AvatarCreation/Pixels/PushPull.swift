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

  private static func expand(
    _ coarse: Plane<SIMD4<Float>>, _ coarseWidth: Int, _ coarseHeight: Int,
    over fine: Plane<SIMD4<Float>>, _ width: Int, _ height: Int, _ wraps: Bool, _ pool: WorkerPool
  ) {
    @Sendable func neighbour(_ index: Int, _ count: Int, _ wraps: Bool) -> (near: Int, far: Int) {
      let near = index / 2
      let far = index % 2 == 0 ? near - 1 : near + 1
      if (0..<count).contains(far) { return (near, far) }
      return (near, wraps ? (far + count) % count : near)
    }
    pool.inChunks(height, of: max(1, 16384 / width)) { rows in
      for row in rows {
        let (nearRow, farRow) = neighbour(row, coarseHeight, false)
        let near = coarse.pointer + nearRow * coarseWidth
        let far = coarse.pointer + farRow * coarseWidth
        let target = fine.pointer + row * width
        for column in 0..<width where target[column].w < 1 {
          let (a, b) = neighbour(column, coarseWidth, wraps)
          let value =
            0.5625 * near[a] + 0.1875 * (near[b] + far[a]) + 0.0625 * far[b]
          target[column] += (1 - target[column].w) * value
        }
      }
    }
  }
}
