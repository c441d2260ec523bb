import CSIMD
import Compute

/// Where a frame's bytes go.
struct FrameTarget: @unchecked Sendable {
  // Sendable: tiles write to disjoint pixels.
  var pixels: UnsafeMutablePointer<UInt8>
  var bytesPerRow: Int
  var width: Int
  var height: Int
  /// 3 (RGB) or 4 (RGBA, straight alpha).
  var channels: Int
}

/// The background as kernels read it.
struct BackgroundSource: @unchecked Sendable {
  // Sendable: read only; the decoder keeps the picture alive.
  /// Linear light of a plain colour.
  var linear: SIMD3<Float>
  var bytes: SIMD3<UInt8>
  /// RGB rows at the frame's size, or nil for a plain colour.
  var picture: UnsafePointer<UInt8>?
  var pictureBytesPerRow: Int
  /// Linear light of the 256 bytes.
  var linearOfByte: UnsafePointer<Float>
}

/// Fills a rectangle of the frame with the background alone.
func fillBackground(
  _ target: FrameTarget, _ background: BackgroundSource, x0: Int, y0: Int, x1: Int, y1: Int
) {
  let channels = target.channels
  for y in y0..<y1 {
    let row = target.pixels + y * target.bytesPerRow + x0 * channels
    if channels == 4 {
      row.update(repeating: 0, count: (x1 - x0) * 4)
    } else if let picture = background.picture {
      row.update(from: picture + y * background.pictureBytesPerRow + x0 * 3, count: (x1 - x0) * 3)
    } else if background.bytes.x == background.bytes.y && background.bytes.y == background.bytes.z {
      row.update(repeating: background.bytes.x, count: (x1 - x0) * 3)
    } else {
      for x in 0..<x1 - x0 {
        row[3 * x] = background.bytes.x
        row[3 * x + 1] = background.bytes.y
        row[3 * x + 2] = background.bytes.z
      }
    }
  }
}

/// Writes up to sixteen pixels of a row.
///
/// With coverage a and premultiplied colour c, RGB is c + background (1 - a) in linear light; RGBA is
/// c / a with alpha a.
///
/// - Parameters:
///   - color: linear light times coverage.
///   - encoding: `SRGB.encodingTable`.
@inline(__always)
func writePixels(
  _ color: (r: SIMD16<Float>, g: SIMD16<Float>, b: SIMD16<Float>), coverage: SIMD16<Float>,
  _ target: FrameTarget, _ background: BackgroundSource, encoding: UnsafePointer<Int32>, x: Int,
  y: Int, count: Int
) {
  typealias V = SIMD16<Float>
  var (red, green, blue) = color
  var alpha = SIMD16<Int32>(repeating: 255)
  if target.channels == 4 {
    let inverse = 1 / coverage.replacing(with: 1, where: coverage .== 0)
    red *= inverse
    green *= inverse
    blue *= inverse
    alpha = csimd_round_i32(coverage * 255)
  } else {
    let rest = 1 - coverage
    if let picture = background.picture {
      var (r, g, b) = (V.zero, V.zero, V.zero)
      let source = picture + y * background.pictureBytesPerRow + x * 3
      for lane in 0..<count {
        r[lane] = background.linearOfByte[Int(source[3 * lane])]
        g[lane] = background.linearOfByte[Int(source[3 * lane + 1])]
        b[lane] = background.linearOfByte[Int(source[3 * lane + 2])]
      }
      red = multiplyAdd(rest, r, red)
      green = multiplyAdd(rest, g, green)
      blue = multiplyAdd(rest, b, blue)
    } else {
      red = multiplyAdd(rest, V(repeating: background.linear.x), red)
      green = multiplyAdd(rest, V(repeating: background.linear.y), green)
      blue = multiplyAdd(rest, V(repeating: background.linear.z), blue)
    }
  }
  @inline(__always) func shifted(_ value: SIMD16<Int32>, _ bits: Int32) -> SIMD16<Int32> {
    csimd_shift_left_i32(value, SIMD16(repeating: bits))
  }
  let packed =
    encodeSRGB(red, encoding) | shifted(encodeSRGB(green, encoding), 8)
    | shifted(encodeSRGB(blue, encoding), 16) | shifted(alpha, 24)
  let row = target.pixels + y * target.bytesPerRow + x * target.channels
  if target.channels == 4 {
    storePixels4(packed, row, count)
  } else {
    storePixels3(packed, row, count)
  }
}

@inline(__always)
func storePixels4(
  _ packed: SIMD16<Int32>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  csimd_store_first_f32(
    target, unsafeBitCast(packed, to: SIMD16<Float>.self), Int32(truncatingIfNeeded: count))
}

/// Three bytes a pixel.
@inline(__always)
func storePixels3(
  _ packed: SIMD16<Int32>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  csimd_store_low_bytes3(target, packed, Int32(truncatingIfNeeded: count))
}
