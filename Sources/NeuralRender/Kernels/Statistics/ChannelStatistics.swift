// Mean and variance over the pixels of groups of channels, as factors for `ChannelFactorRows`: group,
// instance and layer normalisation of whole images.

import Compute

/// Statistics of groups of channels over all pixels: as many groups as channels for instance
/// normalisation, one for layer normalisation.
///
/// The image is read once, in `itemCount` pieces that any worker may take; `finish` puts them together,
/// always in the same order.
struct ChannelStatistics: Sendable {
  let groups: Int
  let epsilon: Float
  private let moments: ChannelMoments

  init(channels: Int, groups: Int, epsilon: Float) {
    precondition(groups > 0 && channels % groups == 0)
    self.groups = groups
    self.epsilon = epsilon
    moments = ChannelMoments(channels: channels, kind: .distances)
  }

  var channels: Int { moments.channels }

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

  /// The second stage: (x - mean) / sqrt(variance + epsilon) weight + bias as factors by channel.
  ///
  /// - Parameters:
  ///   - weight: one a channel; nil for 1.
  ///   - bias: one a channel; nil for 0.
  func finish(
    height: Int, width: Int, shared: UnsafeMutableRawPointer, weight: UnsafePointer<Float>?,
    bias: UnsafePointer<Float>?, to factors: ChannelFactors
  ) {
    moments.merge(items: itemCount(height: height, width: width), shared: shared)
    let size = channels / groups
    for group in 0..<groups {
      var sum = Moments()
      for channel in group * size..<(group + 1) * size {
        sum.merge(moments.moments(of: channel, shared: shared), .distances)
      }
      let variance = sum.second / sum.count
      // Rounding can leave less than nothing; a NaN stays one.
      let deviation = ((variance < 0 ? 0 : variance) + Double(epsilon)).squareRoot()
      for channel in group * size..<(group + 1) * size {
        let scale = (weight.map { Double($0[channel]) } ?? 1) / deviation
        let centre = Float(sum.first)
        factors.scale[channel] = Float(scale)
        factors.centre[channel] = centre
        // What the rounded centre leaves of the mean is in the offset.
        factors.offset[channel] = Float(
          (bias.map { Double($0[channel]) } ?? 0) - (sum.first - Double(centre)) * scale)
      }
    }
    factors.finish()
  }
}
