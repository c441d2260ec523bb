import Compute

/// Carries the pixels of a picture onto the texels that its surface shows there.
///
/// Matches: DINAR's `sample_values_by_uv`. Each texel takes the last pixel, in reading order, that falls
/// on it; texels beside such ones take the mean of these, over eight directions. On the texture's border
/// nothing lands: what falls there is moved to one corner texel inside, both coordinates.
struct TexelSampling {
  /// Texels along a side.
  let size: Int
  /// (channels, size, size)
  let values: [UInt8]
  /// (size, size) 1 where a texel has a value.
  let mask: [UInt8]
  /// (size, size) 1 where a texel has a mean of its neighbours alone.
  let inpainted: [UInt8]

  /// The coordinates beside a picture's body are far off; a pixel lies on a texel by rounding.
  private static let erosion = 5

  /// - Parameters:
  ///   - picture: (channels, height, width).
  ///   - uv: (2, height, width) in [-1, 1].
  ///   - mask: (height, width), above 0 where the picture counts, shrunk by two pixels here; nil for all.
  ///   - size: at least 3.
  init(
    _ picture: [UInt8], channels: Int, uv: [Float], mask: [Float]?, width: Int, height: Int,
    size: Int
  ) {
    let count = width * height
    let inside = mask.map {
      Erosion.minimum($0, width: width, height: height, reach: Self.erosion / 2)
    }
    let texels = size * size
    var last = [Int32](repeating: -1, count: texels)
    for pixel in 0..<count {
      let (x, y) = (Self.texel(uv[pixel], size), Self.texel(uv[count + pixel], size))
      guard x > 0 || y > 0, inside.map({ $0[pixel] > 0 }) ?? true else { continue }
      last[Self.place(x, y, size)] = Int32(truncatingIfNeeded: pixel)
    }
    var values = [UInt8](repeating: 0, count: channels * texels)
    var reached = [UInt8](repeating: 0, count: texels)
    var inpainted = [UInt8](repeating: 0, count: texels)
    var sums = [Int](repeating: 0, count: channels)
    for texel in 0..<texels {
      if last[texel] >= 0 {
        reached[texel] = 1
        for channel in 0..<channels {
          values[channel * texels + texel] = picture[channel * count + Int(last[texel])]
        }
        continue
      }
      var hits = 0
      for channel in 0..<channels { sums[channel] = 0 }
      let (row, column) = (texel / size, texel % size)
      for y in max(row - 1, 0)...min(row + 1, size - 1) {
        for x in max(column - 1, 0)...min(column + 1, size - 1) {
          let pixel = Int(last[y * size + x])
          guard pixel >= 0 else { continue }
          hits += 1
          for channel in 0..<channels { sums[channel] += Int(picture[channel * count + pixel]) }
        }
      }
      guard hits > 0 else { continue }
      reached[texel] = 1
      inpainted[texel] = 1
      for channel in 0..<channels {
        values[channel * texels + texel] = UInt8(clamping: sums[channel] / hits)
      }
    }
    self.size = size
    (self.values, self.mask, self.inpainted) = (values, reached, inpainted)
  }

  /// A coordinate's texel, from 0 to size - 1.
  private static func texel(_ coordinate: Float, _ size: Int) -> Int {
    let place = Int(saturating: (coordinate + 1) * Float(size) / 2, .toNearestOrEven)
    return min(max(place, 0), size - 1)
  }

  /// Off the border.
  private static func place(_ x: Int, _ y: Int, _ size: Int) -> Int {
    if x == 0 || y == 0 { return size + 1 }
    if x == size - 1 || y == size - 1 { return (size - 2) * size + size - 2 }
    return y * size + x
  }
}
