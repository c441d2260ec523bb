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
