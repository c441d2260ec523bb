import Compute

/// Refines a network's soft mask to the edges of the photo: how much of each pixel near the mask's edge has
/// the person's local colours, and how much the background's.
///
/// Networks decide on cells of several pixels; hair, fingers and folds of cloth end between them.
public enum MatteRefinement {
  /// Half the width of the band around the mask's edge that is decided by colours, in shares of the
  /// person's height, and at least so many pixels.
  static let band: Float = 0.009
  static let leastBand: Float = 3
  /// Colours that differ less than the first (levels of sRGB) decide nothing, more than the second all.
  static let contrast: (Float, Float) = (20, 52)

  /// Distances from the line between the two colours, in shares of its length, of which the first is trusted
  /// and the second not at all.
  static let unlike: (Float, Float) = (0.35, 1)

  /// - Parameters:
  ///   - mask: the network's, 0 to 1, of the photo's size.
  ///   - pool: the result does not depend on it.
  public static func refine(_ mask: Matte, photo: Photo, pool: WorkerPool) -> Matte {
    precondition(mask.width == photo.width && mask.height == photo.height)
    let whole = Components.largest(
      mask.coverage.map { $0 > 0.5 }, width: mask.width, height: mask.height)
    guard let box = PixelBox(around: whole, width: mask.width, height: mask.height) else {
      return Matte(
        width: mask.width, height: mask.height,
        coverage: [Float](repeating: 0, count: mask.coverage.count))
    }
    let radius = max(leastBand, band * Float(box.height))
    let window = box.grown(by: Int(4 * radius) + 8, width: mask.width, height: mask.height)
    let (width, height) = (window.width, window.height)
    let inside = window.cut(whole, width: mask.width)
    let signed = DistanceTransform.signedDistances(
      to: inside, width: width, height: height, pool: pool)
    let colors = window.colors(photo)
    let ridge = ridges(signed, width: width, height: height)
    func spread(_ weight: (Int) -> Float) -> Plane<SIMD4<Float>> {
      let plane = Plane<SIMD4<Float>>(count: colors.count, filledWith: .zero)
      for pixel in colors.indices { plane[pixel] = SIMD4(colors[pixel], 1) * weight(pixel) }
      PushPull.fill(plane, width: width, height: height, pool: pool)
      return plane
    }
    let front = spread { signed[$0] > radius ? 1 : ridge[$0] ? 0.5 : 0 }
    let back = spread { signed[$0] < -radius ? 1 : 0 }
    var share = [Float](repeating: 0, count: colors.count)
    var trust = [Float](repeating: 0, count: colors.count)
    for pixel in colors.indices {
      let distance = abs(signed[pixel])
      guard distance < 1.2 * radius else { continue }
      var line = front[pixel] - back[pixel]
      line.w = 0
      let square = max((line * line).sum(), 1)
      let position = SIMD4(colors[pixel], 0) - SIMD4(back[pixel].x, back[pixel].y, back[pixel].z, 0)
      share[pixel] = min(max((position * line).sum() / square, 0), 1)
      // A colour that is no mixture of the two says nothing.
      let length = square.squareRoot()
      let beside = position - line * ((position * line).sum() / square)
      let residual = (beside * beside).sum().squareRoot() / length
      trust[pixel] =
        (1 - smoothStep(distance, 0.7 * radius, 1.15 * radius))
        * smoothStep(length, contrast.0, contrast.1)
        * (1 - smoothStep(residual, unlike.0, unlike.1))
    }
    share = Blur.gaussian(share, width: width, height: height, sigma: 0.8, pool: pool)
    for pixel in colors.indices {
      let distance = signed[pixel]
      let prior = min(max(0.5 + distance / 4, 0), 1)
      share[pixel] =
        distance > 1.1 * radius
        ? 1
        : distance < -1.1 * radius ? 0 : share[pixel] * trust[pixel] + prior * (1 - trust[pixel])
    }
    return window.pasted(
      largestPart(share, width: width, height: height), width: mask.width, height: mask.height)
  }

  /// Pixels on the middle line of thin parts, which have no core to take colours from.
  private static func ridges(_ signed: [Float], width: Int, height: Int) -> [Bool] {
    signed.indices.map { pixel in
      guard signed[pixel] > 1 else { return false }
      let (x, y) = (pixel % width, pixel / width)
      for v in max(y - 2, 0)...min(y + 2, height - 1) {
        for u in max(x - 2, 0)...min(x + 2, width - 1)
        where signed[v * width + u] > signed[pixel] + 0.01 {
          return false
        }
      }
      return true
    }
  }

  /// The largest part with the soft pixels beside it.
  private static func largestPart(_ share: [Float], width: Int, height: Int) -> [Float] {
    let core = Components.largest(share.map { $0 > 0.5 }, width: width, height: height)
    return share.indices.map { pixel in
      if core[pixel] { return share[pixel] }
      let (x, y) = (pixel % width, pixel / width)
      for v in max(y - 1, 0)...min(y + 1, height - 1) {
        for u in max(x - 1, 0)...min(x + 1, width - 1) where core[v * width + u] {
          return share[pixel]
        }
      }
      return 0
    }
  }
}
