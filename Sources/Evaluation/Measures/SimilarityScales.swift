import Compute
import Foundation

/// A pair of channels at full size and at those that similarity is looked at with; each is computed once.
struct SimilarityScales {
  private struct Level {
    let x, y: Plane
    let mask: Plane?

    /// The mask keeps pixels that the mask covers at least half of.
    func averaged(by factor: Int, padding: Int = 0) throws -> Level {
      let mask = try mask?.averaged(by: factor, padding: padding)
      mask?.threshold()
      return try Level(
        x: x.averaged(by: factor, padding: padding),
        y: y.averaged(by: factor, padding: padding), mask: mask)
    }
  }

  private let level: Level
  private let pool: WorkerPool
  private var known: WindowSimilarity??
  private var half: (level: Level, means: WindowSimilarity?)?

  init(_ x: Plane, _ y: Plane, mask: Plane?, pool: WorkerPool) {
    level = Level(x: x, y: y, mask: mask)
    self.pool = pool
  }

  private func means(_ level: Level) throws -> WindowSimilarity? {
    try WindowSimilarity.means(level.x, level.y, .gaussian, weights: level.mask, pool: pool)
  }

  mutating func full() throws -> WindowSimilarity? {
    if let known { return known }
    let means = try means(level)
    known = .some(means)
    return means
  }

  /// Half the size; of sides that are even, the scale of piq's SSIM and of MS-SSIM's second one alike.
  private mutating func evenHalf() throws -> (level: Level, means: WindowSimilarity?) {
    if let half { return half }
    let next = try level.averaged(by: 2)
    let result = (next, try means(next))
    half = result
    return result
  }

  private var isEven: Bool { level.x.width % 2 == 0 && level.x.height % 2 == 0 }

  /// How many pixels piq averages along a side first, by the shorter side; halves are rounded to even, as Python
  /// does.
  static func factor(side: Int) -> Int {
    max(1, Int(saturating: Double(side) / 256, .toNearestOrEven))
  }

  /// piq's: averaged to about 256 pixels first.
  mutating func averaged() throws -> WindowSimilarity? {
    let factor = Self.factor(side: min(level.x.width, level.x.height))
    if factor == 1 { return try full() }
    if factor == 2, isEven { return try evenHalf().means }
    return try means(level.averaged(by: factor))
  }

  /// MS-SSIM's product over the scales; nil where a scale has no window.
  mutating func product() throws -> Double? {
    guard min(level.x.width, level.x.height) >= MultiScaleWeights.leastSide else { return nil }
    var current = level
    var result = 1.0
    for (scale, weight) in MultiScaleWeights.values.enumerated() {
      let means: WindowSimilarity?
      if scale == 0 {
        means = try full()
      } else if scale == 1, isEven {
        (current, means) = try evenHalf()
      } else {
        let isOdd = current.x.width % 2 == 1 || current.x.height % 2 == 1
        current = try current.averaged(by: 2, padding: isOdd ? 1 : 0)
        means = try self.means(current)
      }
      guard let means else { return nil }
      let isLast = scale == MultiScaleWeights.values.count - 1
      result *= pow(max(isLast ? means.similarity : means.contrast, 0), weight)
    }
    return result
  }
}

extension Plane {
  /// 1 for values of at least a half, 0 for the others.
  fileprivate func threshold() {
    for index in 0..<values.count { values[index] = values[index] >= 0.5 ? 1 : 0 }
  }
}
