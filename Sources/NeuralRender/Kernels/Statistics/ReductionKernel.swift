// One number for many: sums, means, variances and norms over pixels, over channels and over both.

import Compute

extension Reduction.Function {
  var momentKind: MomentKind {
    switch self {
    case .sum, .mean: .sum
    case .variance, .unbiasedVariance: .distances
    case .norm: .squares
    }
  }

  /// The function of numbers whose sums are known.
  @inline(__always)
  func value(_ sums: Moments) -> Float {
    switch self {
    case .sum: Float(sums.first)
    case .mean: Float(sums.first / sums.count)
    case .variance: Float(max(sums.second, 0) / sums.count)
    case .unbiasedVariance: Float(max(sums.second, 0) / (sums.count - 1))
    case .norm: Float(sums.first.squareRoot())
    }
  }
}

/// A reduction over all pixels, of each channel or of all together, in `itemCount` pieces that any worker
/// may take; `finish` puts them together, always in the same order.
struct ReductionKernel: Sendable {
  let function: Reduction.Function
  private let moments: ChannelMoments

  init(_ function: Reduction.Function, channels: Int) {
    self.function = function
    moments = ChannelMoments(channels: channels, kind: function.momentKind)
  }

  func itemCount(height: Int, width: Int) -> Int {
    moments.itemCount(height: height, width: width)
  }

  /// Bytes of memory that the stages share, aligned for doubles.
  func sharedBytes(height: Int, width: Int) -> Int {
    moments.sharedBytes(height: height, width: width)
  }

  /// The first stage, of one item.
  func accumulate(item: Int, from source: FeatureMap, shared: UnsafeMutableRawPointer) {
    moments.accumulate(item: item, from: source, shared: shared)
  }

  /// The second stage.
  ///
  /// - Parameter target: one float a channel.
  func finish(
    height: Int, width: Int, shared: UnsafeMutableRawPointer,
    byChannelTo target: UnsafeMutablePointer<Float>
  ) {
    moments.merge(items: itemCount(height: height, width: width), shared: shared)
    for channel in 0..<moments.channels {
      target[channel] = function.value(moments.moments(of: channel, shared: shared))
    }
  }

  /// The second stage, over all channels.
  func finish(height: Int, width: Int, shared: UnsafeMutableRawPointer) -> Float {
    moments.merge(items: itemCount(height: height, width: width), shared: shared)
    var sum = Moments()
    for channel in 0..<moments.channels {
      sum.merge(moments.moments(of: channel, shared: shared), moments.kind)
    }
    return function.value(sum)
  }
}

/// Rows of a reduction over the channels of each pixel; the target has one channel.
struct ChannelReductionRows: Sendable {
  let function: Reduction.Function

  init(_ function: Reduction.Function) { self.function = function }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    let kind = function.momentKind
    for x in columns {
      let sums = PixelSums(source.pixel(y, x), source.channels)
      var result = Moments(count: Double(source.channels))
      switch kind {
      case .sum: result.first = sums.sum
      case .squares: result.first = sums.squares
      case .distances: result.second = sums.distances(from: sums.centre).squares
      }
      target.pixel(y, x)[0] = function.value(result)
    }
  }
}
