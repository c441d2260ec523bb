// Mean and variance over the channels of each pixel or token, made 0 and 1.

import CSIMD
import Compute

/// Rows of layer normalisation over the channels of each pixel or token (`LayerNormalization` where
/// channels are the last axis): (x - mean) / sqrt(variance + epsilon) weight + bias. Source and target
/// may be the same.
struct LayerNormalizationRows: Sendable {
  let channels: Int
  let epsilon: Float
  private let weight: RepeatedTable
  private let bias: RepeatedTable

  /// - Parameters:
  ///   - weight: one a channel; nil for 1.
  ///   - bias: one a channel; nil for 0.
  init(channels: Int, weight: [Float]? = nil, bias: [Float]? = nil, epsilon: Float = 1e-5) {
    precondition(channels > 0)
    precondition([weight, bias].allSatisfy { $0 == nil || $0?.count == channels })
    self.channels = channels
    self.epsilon = epsilon
    self.weight = RepeatedTable(weight ?? [Float](repeating: 1, count: channels))
    self.bias = RepeatedTable(bias ?? [Float](repeating: 0, count: channels))
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if channels < fewestForVectors {
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

  /// (x - centre) scale + rest is the normal value.
  @inline(__always)
  private func factors(
    _ pixels: some SixteenPixels
  ) -> (centre: SIMD16<Float>, scale: SIMD16<Float>, rest: SIMD16<Float>) {
    let centres = pixels.centres
    let sums = pixels.distances(from: centres)
    let variances = multiplyAdd(sums.squares, pixels.reciprocal, SIMD16(repeating: epsilon))
    let inverse = csimd_divide_f32(
      SIMD16(repeating: 1), csimd_sqrt_f32(variances))
    return (centres, inverse, (SIMD16<Float>.zero - sums.rest) * inverse)
  }

  @inline(never)
  private func manyChannels<Count: VectorCount>(
    _: Count.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ room: PixelRoom
  ) {
    let (weights, biases) = (weight.pointer, bias.pointer)
    var pixels = RowPixels<Count>(
      source.pixel(y, columns.lowerBound), stride: source.pixelStride, channels: channels, room)
    var result = target.pixel(y, columns.lowerBound)
    let most = pixels.vectors.pixelsOfBatch
    var left = columns.count
    while left > 0 {
      pixels.count = min(most, left)
      let factors = factors(pixels)
      let centres = room.keep(factors.centre, 1)
      let scales = room.keep(factors.scale, 2)
      let rests = room.keep(factors.rest, 3)
      var pixel = 0
      while pixel < pixels.count {
        pixels.vectors.map(
          pixels.first, to: result,
          NormalChannels(
            centre: SIMD16(repeating: centres[pixel]), scale: SIMD16(repeating: scales[pixel]),
            rest: SIMD16(repeating: rests[pixel]), weights: weights, biases: biases))
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
    let (weights, biases) = (weight.pointer, bias.pointer)
    PixelPlanes.withPlanes(channels, pixels: 16) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        let factors = factors(planes)
        for channel in 0..<channels {
          let normal = multiplyAdd(
            planes[sixteen: channel] - factors.centre, factors.scale, factors.rest)
          planes[sixteen: channel] = multiplyAdd(
            normal, SIMD16(repeating: weights[channel]), SIMD16(repeating: biases[channel]))
        }
        planes.store(to: target.pixel(y, x), target.pixelStride, count)
      }
    }
  }
}

private struct NormalChannels: ChannelFunction {
  let centre: SIMD16<Float>
  let scale: SIMD16<Float>
  let rest: SIMD16<Float>
  let weights: UnsafePointer<Float>
  let biases: UnsafePointer<Float>

  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>, _ channel: Int) -> SIMD16<Float> {
    let normal = multiplyAdd(value - centre, scale, rest)
    return multiplyAdd(normal, load16(weights + channel), load16(biases + channel))
  }
}
