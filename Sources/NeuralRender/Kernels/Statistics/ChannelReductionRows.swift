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
      PixelRoom.with { room in
        switch (source.channels &+ 15) / 16 {
        case 1: manyChannels(OneVector.self, y, columns, source, target, room)
        case 2: manyChannels(TwoVectors.self, y, columns, source, target, room)
        case 3: manyChannels(ThreeVectors.self, y, columns, source, target, room)
        case 4: manyChannels(FourVectors.self, y, columns, source, target, room)
        default: manyChannels(ManyVectors.self, y, columns, source, target, room)
        }
      }
    }
  }

  @inline(__always)
  private func values(_ pixels: some SixteenPixels) -> SIMD16<Float> {
    @inline(__always)
    func mean(_ sums: SIMD16<Float>, of count: Int) -> SIMD16<Float> {
      csimd_divide_f32(sums, SIMD16(repeating: Float(count)))
    }
    return switch function {
    case .sum: pixels.sum
    case .mean: mean(pixels.sum, of: pixels.channels)
    case .variance:
      mean(pixels.distances(from: pixels.centres).squares, of: pixels.channels)
    case .unbiasedVariance:
      mean(pixels.distances(from: pixels.centres).squares, of: pixels.channels &- 1)
    case .norm: csimd_sqrt_f32(pixels.squares)
    }
  }

  @inline(__always)
  private func write(
    _ values: SIMD16<Float>, _ count: Int, to target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    if stride == 1 { return storeFirst16(values, target, count) }
    for pixel in 0..<count { target[pixel &* stride] = values[pixel] }
  }

  @inline(never)
  private func manyChannels<Count: VectorCount>(
    _: Count.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ room: PixelRoom
  ) {
    var pixels = RowPixels<Count>(
      source.pixel(y, columns.lowerBound), stride: source.pixelStride, channels: source.channels,
      room)
    var x = columns.lowerBound
    while x < columns.upperBound {
      pixels.count = min(pixels.vectors.pixelsOfBatch, columns.upperBound &- x)
      write(values(pixels), pixels.count, to: target.pixel(y, x), target.pixelStride)
      pixels.first += pixels.count &* pixels.stride
      x &+= pixels.count
    }
  }

  /// Fewer channels than fill a vector are transposed.
  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelPlanes.withPlanes(source.channels, pixels: 16) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        write(values(planes), count, to: target.pixel(y, x), target.pixelStride)
      }
    }
  }
}
