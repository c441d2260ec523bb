// Where tiles of the input of a Winograd convolution come from: the image as it lies, or twice as large, which
// never lies in memory.

import Compute

/// How an image is made larger before it is filtered.
enum Enlargement: Sendable, Equatable {
  case none
  /// Twice as high and wide, every pixel two by two.
  case nearest
  /// Twice as high and wide, bilinear, corners not aligned.
  case bilinear
}

/// Tiles of an image and its border.
struct TileSource {
  let input: FeatureMap
  let border: BorderMode
  let enlargement: Enlargement

  /// The tile at (y, x) of the image, or of the enlarged one: where it lies, else copied to `patch`, which has
  /// its size.
  @inline(__always)
  func tile(_ y: Int, _ x: Int, patch: FeatureMap) -> FeatureMap {
    switch enlargement {
    case .none:
      if y >= 0 && x >= 0 && y + patch.height <= input.height && x + patch.width <= input.width {
        var source = input
        source.base = input.pixel(y, x)
        return source
      }
      patch.copyTile(y, x, of: input, border: border)
    case .nearest: patch.copyDoubledTile(y, x, of: input, border: border)
    case .bilinear: patch.interpolateTile(y, x, of: input, border: border)
    }
    return patch
  }

  /// The positions of the image that positions of the enlarged one, border included, are made from.
  static func read(_ range: Range<Int>, _ enlargement: Enlargement) -> Range<Int> {
    switch enlargement {
    case .none: range
    case .nearest: range.lowerBound >> 1..<(range.upperBound - 1) >> 1 + 1
    case .bilinear: (range.lowerBound - 1) >> 1..<range.upperBound >> 1 + 1
    }
  }
}

extension FeatureMap {
  /// Copies a tile of the image of twice the size whose pixels are `input`'s, two by two. A mirror one pixel
  /// beyond the border shows the border pixel: pairs stay pairs.
  @inline(never)
  fileprivate func copyDoubledTile(_ y: Int, _ x: Int, of input: FeatureMap, border: BorderMode) {
    for i in 0..<height {
      let row = (y + i) >> 1
      for j in 0..<width {
        let column = (x + j) >> 1
        let isInside =
          row >= 0 && column >= 0 && row < input.height && column < input.width
        if isInside || border != .zero {
          let source = input.pixel(
            min(max(row, 0), input.height - 1), min(max(column, 0), input.width - 1))
          pixel(i, j).update(from: source, count: channels)
        } else {
          pixel(i, j).update(repeating: 0, count: channels)
        }
      }
    }
  }

  /// Makes a tile of the image of twice the size that interpolates `input`.
  @inline(never)
  fileprivate func interpolateTile(_ y: Int, _ x: Int, of input: FeatureMap, border: BorderMode) {
    for i in 0..<height {
      let row = DoubledTap(y + i, of: input.height, border: border)
      for j in 0..<width {
        let target = pixel(i, j)
        guard let row, let column = DoubledTap(x + j, of: input.width, border: border) else {
          target.update(repeating: 0, count: channels)
          continue
        }
        let (a, b) = (input.pixel(row.near, column.near), input.pixel(row.near, column.far))
        let (c, d) = (input.pixel(row.far, column.near), input.pixel(row.far, column.far))
        for channel in stride(from: 0, to: channels, by: 16) {
          let count = min(16, channels - channel)
          let near = column.mix(loadFirst16(a + channel, count), loadFirst16(b + channel, count))
          let far = column.mix(loadFirst16(c + channel, count), loadFirst16(d + channel, count))
          storeFirst16(row.mix(near, far), target + channel, count)
        }
      }
    }
  }
}

/// The two pixels along an axis that a pixel of the doubled axis is made from: three quarters of the near one.
private struct DoubledTap {
  let near: Int
  let far: Int

  /// - Parameter place: nil is made of places that no tap of a pixel in the image meets.
  @inline(__always)
  init?(_ place: Int, of extent: Int, border: BorderMode) {
    guard let place = borderIndex(place, count: 2 * extent, border: border),
      place >= 0 && place < 2 * extent
    else { return nil }
    near = place >> 1
    far = min(max(near + (place & 1 == 0 ? -1 : 1), 0), extent - 1)
  }

  @inline(__always)
  func mix(_ near: SIMD16<Float>, _ far: SIMD16<Float>) -> SIMD16<Float> {
    multiplyAdd(SIMD16(repeating: 0.25), far, near * 0.75)
  }
}
