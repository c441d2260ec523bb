// One number for the channels of each pixel.

import CSIMD
import Compute

/// Rows of a reduction over the channels of each pixel; the target has one channel.
struct ChannelReductionRows: Sendable {
  let function: Reduction.Function

  init(_ function: Reduction.Function) { self.function = function }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if source.channels < 16 {
      fewChannels(y, columns, source, target)
    } else {
      manyChannels(y, columns, source, target)
    }
  }

  @inline(__always)
  private func values(_ pixels: some EightPixels) -> SIMD8<Float> {
    let count = Double(pixels.channels)
    return switch function {
    case .sum: SIMD8(pixels.sum)
    case .mean: SIMD8(pixels.sum / count)
    case .variance: SIMD8(pixels.distances(from: pixels.centres).squares / count)
    case .unbiasedVariance: SIMD8(pixels.distances(from: pixels.centres).squares / (count - 1))
    case .norm: SIMD8(csimd_sqrt_f64(pixels.squares))
    }
  }

  @inline(__always)
  private func write(
    _ values: SIMD8<Float>, _ count: Int, to target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    if count == 8 && stride == 1 { return values.store(to: target) }
    for pixel in 0..<count { target[pixel &* stride] = values[pixel] }
  }

  @inline(never)
  private func manyChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelBatch.forEach(columns, channels: source.channels) { x, count in
      let pixels = PixelBatch(
        first: source.pixel(y, x), stride: source.pixelStride, count: count,
        channels: source.channels)
      write(values(pixels), count, to: target.pixel(y, x), target.pixelStride)
    }
  }

  /// Fewer channels than fill a vector are transposed.
  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelPlanes.withPlanes(source.channels, pixels: 8) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        write(values(planes), count, to: target.pixel(y, x), target.pixelStride)
      }
    }
  }
}
