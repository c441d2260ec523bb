// The root of the mean square over the channels of each pixel, made 1.

import CSIMD
import Compute

/// Fewer channels than this are transposed: they would not fill a vector.
let fewestForVectors = 16

/// Rows of `PixelNormalization`: x / sqrt(mean over the channels of x^2 + epsilon). Source and target may
/// be the same.
struct PixelNormalizationRows: Sendable {
  let epsilon: Float

  init(epsilon: Float = 1e-8) { self.epsilon = epsilon }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if target.channels < fewestForVectors {
      fewChannels(y, columns, source, target)
    } else {
      PixelRoom.with { room in
        switch (target.channels &+ 15) / 16 {
        case 1: manyChannels(OneVector.self, y, columns, source, target, room)
        case 2: manyChannels(TwoVectors.self, y, columns, source, target, room)
        case 3: manyChannels(ThreeVectors.self, y, columns, source, target, room)
        case 4: manyChannels(FourVectors.self, y, columns, source, target, room)
        default: manyChannels(ManyVectorsAgain.self, y, columns, source, target, room)
        }
      }
    }
  }

  @inline(__always)
  private func factors(_ pixels: some SixteenPixels) -> SIMD16<Float> {
    let means = pixels.squares * pixels.reciprocal
    return csimd_divide_f32(
      SIMD16(repeating: 1), csimd_sqrt_f32(means + SIMD16(repeating: epsilon)))
  }

  @inline(never)
  private func manyChannels<Count: VectorCount>(
    _: Count.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ room: PixelRoom
  ) {
    var pixels = RowPixels<Count>(
      source.pixel(y, columns.lowerBound), stride: source.pixelStride, channels: target.channels,
      room)
    var result = target.pixel(y, columns.lowerBound)
    let most = pixels.vectors.pixelsOfBatch
    var left = columns.count
    while left > 0 {
      pixels.count = min(most, left)
      let numbers = room.keep(factors(pixels), 1)
      var pixel = 0
      while pixel < pixels.count {
        pixels.vectors.map(
          pixels.first, to: result, ScaledChannels(factor: SIMD16(repeating: numbers[pixel])))
        pixels.first += pixels.stride
        result += target.pixelStride
        pixel &+= 1
      }
      left &-= pixels.count
    }
  }

  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelPlanes.withPlanes(target.channels, pixels: 16) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        let factors = factors(planes)
        for channel in 0..<planes.channels { planes[sixteen: channel] *= factors }
        planes.store(to: target.pixel(y, x), target.pixelStride, count)
      }
    }
  }
}

private struct ScaledChannels: ChannelFunction {
  let factor: SIMD16<Float>

  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>, _ channel: Int) -> SIMD16<Float> { value * factor }
}
