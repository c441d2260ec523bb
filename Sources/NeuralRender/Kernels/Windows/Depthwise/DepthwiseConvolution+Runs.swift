// Depthwise convolution of few channels: the floats of a row of packed pixels as one run, whole
// vectors at a time, with weights repeated over the pixels.

import Compute

/// Weights, scale and bias of up to sixteen channels, repeated so that sixteen floats of a run
/// that begins with any channel find theirs side by side.
struct RepeatedChannels: Sendable {
  /// 0 where there are no runs.
  let channels: Int
  /// Channels that sixteen floats go on beyond whole pixels.
  let step: Int
  /// Floats of a repetition.
  static let length = 32
  /// [tap][32].
  let weights: KernelTable<Float>
  let scale: KernelTable<Float>
  let bias: KernelTable<Float>

  /// - Parameter source: (channels, taps).
  init(
    _ source: UnsafePointer<Float>, channels: Int, taps: Int, scale: [Float], bias: [Float]
  ) {
    self.channels = channels
    step = channels > 0 ? 16 % channels : 0
    let count = channels > 0 ? Self.length : 0
    weights = KernelTable(count: taps * count) { index in
      source[index % Self.length % channels * taps + index / Self.length]
    }
    self.scale = KernelTable(count: count) { scale[$0 % channels] }
    self.bias = KernelTable(count: count) { bias[$0 % channels] }
  }

  @inline(__always)
  func epilogue(_ channel: Int) -> ChannelEpilogue {
    ChannelEpilogue(scale: scale.pointer + channel, bias: bias.pointer + channel)
  }
}

extension DepthwiseConvolution {
  /// Pixels whose columns are all inside, of packed maps, at stride 1.
  @inline(never)
  func run(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction
  ) {
    guard !columns.isEmpty else { return }
    if repeated.step == 0 {
      run(y, columns, maps, function, step: 0)
    } else {
      run(y, columns, maps, function, step: repeated.step)
    }
  }

  /// - Parameter step: the table's; where it is 0, all vectors have the same weights.
  @inline(__always)
  private func run(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction,
    step: Int
  ) {
    let count = columns.count &* channels
    let target = maps.target.pixel(y, columns.lowerBound)
    let residual = maps.residual?.pixel(y, columns.lowerBound)
    let rowStride = maps.source.rowStride
    let place = self.columns.first(columns.lowerBound) &* channels
    let source = maps.source.base + place
    var first = 0
    var c0 = 0
    while first &+ 64 <= count {
      let c1 = step == 0 ? 0 : following(c0)
      let c2 = step == 0 ? 0 : following(c1)
      let c3 = step == 0 ? 0 : following(c2)
      if foretells { prefetchNewRows(y, maps.source, place &+ first, 64) }
      var (s0, s1) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      var (s2, s3) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      forEachTap(y, source + first, rowStride) { pixel, weights in
        s0 = multiplyAdd(load16(pixel), load16(weights + c0), s0)
        s1 = multiplyAdd(load16(pixel + 16), load16(weights + c1), s1)
        s2 = multiplyAdd(load16(pixel + 32), load16(weights + c2), s2)
        s3 = multiplyAdd(load16(pixel + 48), load16(weights + c3), s3)
      }
      s0 = function.apply(repeated.epilogue(c0), s0)
      s1 = function.apply(repeated.epilogue(c1), s1)
      s2 = function.apply(repeated.epilogue(c2), s2)
      s3 = function.apply(repeated.epilogue(c3), s3)
      if let residual {
        s0 += load16(residual + first)
        s1 += load16(residual + first + 16)
        s2 += load16(residual + first + 32)
        s3 += load16(residual + first + 48)
      }
      store16(s0, target + first)
      store16(s1, target + first + 16)
      store16(s2, target + first + 32)
      store16(s3, target + first + 48)
      first &+= 64
      c0 = step == 0 ? 0 : following(c3)
    }
    if first < count {
      runEnd(
        y, source + first, target + first, residual.map { $0 + first }, rowStride, c0,
        count &- first)
    }
  }

  /// The last floats of a run.
  @inline(never)
  private func runEnd(
    _ y: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    _ residual: UnsafePointer<Float>?, _ rowStride: Int, _ channel: Int, _ count: Int
  ) {
    let function = AnyActivation(activation: activation)
    var first = 0
    var channel = channel
    while first &+ 16 <= count {
      var sum = SIMD16<Float>.zero
      forEachTap(y, source + first, rowStride) { pixel, weights in
        sum = multiplyAdd(load16(pixel), load16(weights + channel), sum)
      }
      sum = function.apply(repeated.epilogue(channel), sum)
      if let residual { sum += load16(residual + first) }
      store16(sum, target + first)
      first &+= 16
      channel = following(channel)
    }
    while first < count {
      var sum: Float = 0
      forEachTap(y, source + first, rowStride) { pixel, weights in
        sum = pixel[0].times(weights[channel], plus: sum)
      }
      sum = function.apply(repeated.epilogue(channel), sum.widened)[0]
      if let residual { sum += residual[first] }
      target[first] = sum
      first &+= 1
      channel = channel &+ 1 == channels ? 0 : channel &+ 1
    }
  }

  /// The channel sixteen floats on.
  @inline(__always)
  private func following(_ channel: Int) -> Int {
    let next = channel &+ repeated.step
    return next >= channels ? next &- channels : next
  }

  @inline(__always)
  private func forEachTap(
    _ y: Int, _ source: UnsafePointer<Float>, _ rowStride: Int,
    _ body: (_ pixel: UnsafePointer<Float>, _ weights: UnsafePointer<Float>) -> Void
  ) {
    let across = shape.dilation &* channels
    let width = shape.kernelWidth &* RepeatedChannels.length
    var row = 0
    while row < shape.kernelHeight {
      let sourceY = rows.position(y, row)
      if sourceY >= 0 {
        var pixel = source + sourceY &* rowStride
        var weights = repeated.weights.pointer + row &* width
        let end = weights + width
        while weights < end {
          body(pixel, weights)
          pixel += across
          weights += RepeatedChannels.length
        }
      }
      row &+= 1
    }
  }
}
