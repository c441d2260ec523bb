// From the renderer's RGB bytes to what most videos store: bt709, limited range, 4:2:0.
//
// Y  =  16 + 219 (0.2126 R + 0.7152 G + 0.0722 B)        for R, G, B in 0 ... 1
// Cb = 128 + 224 (B - Y') / 1.8556,  Cr = 128 + 224 (R - Y') / 1.5748
//
// in integers with 15-bit weights: a result is at most 0.51 levels from the exact value, greys
// have chroma 128, nothing leaves the range and so nothing is clamped. Chroma is the mean of its
// 2 x 2 pixels, sited at their centre; the video says so in its chroma location.

import CMedia

/// 15-bit weights; rows add up to 28142 = 219 / 255, 0 and 0.
private enum Weight {
  static let yRed: Int32 = 5983
  static let yGreen: Int32 = 20127
  static let yBlue: Int32 = 2032
  static let uRed: Int32 = -3298
  static let uGreen: Int32 = -11094
  static let uBlue: Int32 = 14392
  static let vRed: Int32 = 14392
  static let vGreen: Int32 = -13072
  static let vBlue: Int32 = -1320
  /// 16 and one half in 15 bits.
  static let yBias: Int32 = 16 << 15 + 1 << 14
  /// 128 and one half in 17 bits: chroma comes from the sum of four pixels.
  static let chromaBias: Int32 = 128 << 17 + 1 << 16
}

enum ColorConversion {
  /// Converts a band of rows; bands of one picture may be converted by several threads at once.
  ///
  /// - Parameters:
  ///   - pixels: the first row of the band, RGB (or RGBA, whose alpha is ignored).
  ///   - bytesPerRow: from a row to the next.
  ///   - channels: 3 or 4 bytes a pixel.
  ///   - width: of the picture; the planes are as wide or one wider.
  ///   - height: of the picture; the planes are as high or one higher.
  ///   - rows: the band, starting at an even row, ending at an even one or at `height`.
  ///   - planes: where to.
  static func convert(
    _ pixels: UnsafePointer<UInt8>, bytesPerRow: Int, channels: Int, width: Int, height: Int,
    rows: Range<Int>, to planes: YUVPlanes
  ) {
    checkBand(channels, width, height, rows, planes)
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
      let top = pixels + (row - rows.lowerBound) * bytesPerRow
      let y0 = planes.y + row * planes.yStride
      convertRowPair(
        top, row + 1 < height ? top + bytesPerRow : top, channels, width, y0,
        y0 + planes.yStride, planes.u + row / 2 * planes.chromaStride,
        planes.v + row / 2 * planes.chromaStride, planes.width)
    }
  }

  /// The oracle of `convert`: one pixel after another.
  static func convertReference(
    _ pixels: UnsafePointer<UInt8>, bytesPerRow: Int, channels: Int, width: Int, height: Int,
    rows: Range<Int>, to planes: YUVPlanes
  ) {
    checkBand(channels, width, height, rows, planes)
    func sample(_ x: Int, _ y: Int, _ channel: Int) -> Int32 {
      let row = min(y, height - 1) - rows.lowerBound
      return Int32(pixels[row * bytesPerRow + min(x, width - 1) * channels + channel])
    }
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
      for x in stride(from: 0, to: planes.width, by: 2) {
        var sum: SIMD3<Int32> = .zero
        for (i, j) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
          let rgb = SIMD3(
            sample(x + i, y + j, 0), sample(x + i, y + j, 1), sample(x + i, y + j, 2))
          let luma = (rgb &* SIMD3(Weight.yRed, Weight.yGreen, Weight.yBlue)).wrappedSum()
          planes.y[(y + j) * planes.yStride + x + i] = UInt8((luma + Weight.yBias) >> 15)
          sum &+= rgb
        }
        let u = (sum &* SIMD3(Weight.uRed, Weight.uGreen, Weight.uBlue)).wrappedSum()
        let v = (sum &* SIMD3(Weight.vRed, Weight.vGreen, Weight.vBlue)).wrappedSum()
        let chroma = y / 2 * planes.chromaStride + x / 2
        planes.u[chroma] = UInt8((u + Weight.chromaBias) >> 17)
        planes.v[chroma] = UInt8((v + Weight.chromaBias) >> 17)
      }
    }
  }

  private static func checkBand(
    _ channels: Int, _ width: Int, _ height: Int, _ rows: Range<Int>, _ planes: YUVPlanes
  ) {
    precondition(channels == 3 || channels == 4, "pixels have 3 or 4 bytes")
    precondition(
      planes.width == (width + 1) & ~1 && planes.height == (height + 1) & ~1,
      "the planes are of another size")
    precondition(
      rows.lowerBound >= 0 && rows.lowerBound % 2 == 0 && rows.upperBound <= height
        && (rows.upperBound % 2 == 0 || rows.upperBound == height),
      "a band starts and ends between chroma rows")
  }
}

/// Sixteen pixels as 0x..BBGGRR.
@inline(__always)
private func load(_ pixels: UnsafePointer<UInt8>, _ channels: Int) -> SIMD16<UInt32> {
  channels == 3
    ? cmedia_load_rgb16(pixels)
    : UnsafeRawPointer(pixels).loadUnaligned(as: SIMD16<UInt32>.self)
}

@inline(__always)
private func weighted(
  _ red: SIMD16<Int32>, _ green: SIMD16<Int32>, _ blue: SIMD16<Int32>, _ r: Int32, _ g: Int32,
  _ b: Int32, _ bias: Int32
) -> SIMD16<Int32> {
  red &* SIMD16(repeating: r) &+ green &* SIMD16(repeating: g) &+ blue &* SIMD16(repeating: b)
    &+ SIMD16(repeating: bias)
}

@inline(__always)
private func luma(_ pixels: SIMD16<UInt32>) -> SIMD16<UInt8> {
  let low = SIMD16<UInt32>(repeating: 255)
  let red = SIMD16<Int32>(truncatingIfNeeded: pixels & low)
  let green = SIMD16<Int32>(truncatingIfNeeded: (pixels &>> 8) & low)
  let blue = SIMD16<Int32>(truncatingIfNeeded: (pixels &>> 16) & low)
  let sum = weighted(
    red, green, blue, Weight.yRed, Weight.yGreen, Weight.yBlue, Weight.yBias)
  return SIMD16<UInt8>(truncatingIfNeeded: sum &>> 15)
}

/// Sums of neighbours: lane i is lanes 2 i and 2 i + 1 of the two vectors in a row.
@inline(__always)
private func pairs(_ a: SIMD16<UInt32>, _ b: SIMD16<UInt32>) -> SIMD16<UInt32> {
  SIMD16(lowHalf: a.evenHalf &+ a.oddHalf, highHalf: b.evenHalf &+ b.oddHalf)
}

/// Two rows of pixels to two rows of luma and one of each chroma, `padded` luma columns.
private func convertRowPair(
  _ top: UnsafePointer<UInt8>, _ bottom: UnsafePointer<UInt8>, _ channels: Int, _ width: Int,
  _ y0: UnsafeMutablePointer<UInt8>, _ y1: UnsafeMutablePointer<UInt8>,
  _ u: UnsafeMutablePointer<UInt8>, _ v: UnsafeMutablePointer<UInt8>, _ padded: Int
) {
  if channels == 3 {
    convertRows(top, bottom, 3, width, y0, y1, u, v, padded)
  } else {
    convertRows(top, bottom, 4, width, y0, y1, u, v, padded)
  }
}

@inline(__always)
private func convertRows(
  _ top: UnsafePointer<UInt8>, _ bottom: UnsafePointer<UInt8>, _ channels: Int, _ width: Int,
  _ y0: UnsafeMutablePointer<UInt8>, _ y1: UnsafeMutablePointer<UInt8>,
  _ u: UnsafeMutablePointer<UInt8>, _ v: UnsafeMutablePointer<UInt8>, _ padded: Int
) {
  let mask = SIMD16<UInt32>(repeating: 0x00ff_00ff)
  let half = SIMD16<UInt32>(repeating: 0xffff)
  var x = 0
  while x + 32 <= width {
    let a0 = load(top + x * channels, channels)
    let b0 = load(top + (x + 16) * channels, channels)
    let a1 = load(bottom + x * channels, channels)
    let b1 = load(bottom + (x + 16) * channels, channels)
    UnsafeMutableRawPointer(y0 + x).storeBytes(of: luma(a0), as: SIMD16<UInt8>.self)
    UnsafeMutableRawPointer(y0 + x + 16).storeBytes(of: luma(b0), as: SIMD16<UInt8>.self)
    UnsafeMutableRawPointer(y1 + x).storeBytes(of: luma(a1), as: SIMD16<UInt8>.self)
    UnsafeMutableRawPointer(y1 + x + 16).storeBytes(of: luma(b1), as: SIMD16<UInt8>.self)
    // Red and blue are summed in the two halves of a lane, green in another vector.
    let redBlue = pairs((a0 & mask) &+ (a1 & mask), (b0 & mask) &+ (b1 & mask))
    let greens = pairs(
      ((a0 &>> 8) & mask) &+ ((a1 &>> 8) & mask), ((b0 &>> 8) & mask) &+ ((b1 &>> 8) & mask))
    let red = SIMD16<Int32>(truncatingIfNeeded: redBlue & half)
    let blue = SIMD16<Int32>(truncatingIfNeeded: redBlue &>> 16)
    let green = SIMD16<Int32>(truncatingIfNeeded: greens & half)
    let cb = weighted(
      red, green, blue, Weight.uRed, Weight.uGreen, Weight.uBlue, Weight.chromaBias)
    let cr = weighted(
      red, green, blue, Weight.vRed, Weight.vGreen, Weight.vBlue, Weight.chromaBias)
    UnsafeMutableRawPointer(u + x / 2).storeBytes(
      of: SIMD16<UInt8>(truncatingIfNeeded: cb &>> 17), as: SIMD16<UInt8>.self)
    UnsafeMutableRawPointer(v + x / 2).storeBytes(
      of: SIMD16<UInt8>(truncatingIfNeeded: cr &>> 17), as: SIMD16<UInt8>.self)
    x += 32
  }
  while x < padded {
    let left = x * channels
    let right = min(x + 1, width - 1) * channels
    let (r0, g0, b0) = (Int32(top[left]), Int32(top[left + 1]), Int32(top[left + 2]))
    let (r1, g1, b1) = (Int32(top[right]), Int32(top[right + 1]), Int32(top[right + 2]))
    let (r2, g2, b2) = (Int32(bottom[left]), Int32(bottom[left + 1]), Int32(bottom[left + 2]))
    let (r3, g3, b3) = (Int32(bottom[right]), Int32(bottom[right + 1]), Int32(bottom[right + 2]))
    y0[x] = luma(r0, g0, b0)
    y0[x + 1] = luma(r1, g1, b1)
    y1[x] = luma(r2, g2, b2)
    y1[x + 1] = luma(r3, g3, b3)
    let (red, green, blue) = (r0 + r1 + r2 + r3, g0 + g1 + g2 + g3, b0 + b1 + b2 + b3)
    let cb = red * Weight.uRed + green * Weight.uGreen + blue * Weight.uBlue + Weight.chromaBias
    let cr = red * Weight.vRed + green * Weight.vGreen + blue * Weight.vBlue + Weight.chromaBias
    u[x / 2] = UInt8(truncatingIfNeeded: cb >> 17)
    v[x / 2] = UInt8(truncatingIfNeeded: cr >> 17)
    x += 2
  }
}

@inline(__always)
private func luma(_ red: Int32, _ green: Int32, _ blue: Int32) -> UInt8 {
  let sum = red * Weight.yRed + green * Weight.yGreen + blue * Weight.yBlue + Weight.yBias
  return UInt8(truncatingIfNeeded: sum >> 15)
}
