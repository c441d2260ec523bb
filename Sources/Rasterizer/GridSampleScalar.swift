// `gridSample` one number at a time: what its vector code is tested against, and what samples the
// last points of a range. The same operations in the same order, so the bytes are equal.

/// The two texels along an axis around a coordinate, and their weights; 0 for one outside.
struct AxisTaps {
  let low, high: Int32
  let lowWeight, highWeight: Float

  init(_ coordinate: Float, size: Int, _ sampling: GridSampling) {
    let extent = Float(size)
    let number = coordinate.isNaN ? -1 : coordinate
    let g = min(max(number, -farthestCoordinate), farthestCoordinate)
    let free =
      sampling.alignsCorners ? (g + 1) * 0.5 * (extent - 1) : ((g + 1) * extent - 1) * 0.5
    let border = sampling.padding == .border
    let position = min(max(free, border ? 0 : -2), border ? extent - 1 : extent + 1)
    let first =
      sampling.filter == .nearest
      ? position.rounded(.toNearestOrEven) : position.rounded(.down)
    let fraction = sampling.filter == .nearest ? 0 : position - first
    func inside(_ index: Int, _ weight: Float) -> (Int32, Float) {
      (Int32(min(max(index, 0), size - 1)), (0..<size).contains(index) ? weight : 0)
    }
    (low, lowWeight) = inside(Int(first), 1 - fraction)
    (high, highWeight) = inside(Int(first) + 1, fraction)
  }
}

/// The four texels around a point and their weights.
struct TexelTaps {
  let indices: SIMD4<Int32>
  let weights: SIMD4<Float>

  @inline(__always)
  init(x: Float, y: Float, _ texture: FloatTexture, _ sampling: GridSampling) {
    let column = AxisTaps(x, size: texture.width, sampling)
    let row = AxisTaps(y, size: texture.height, sampling)
    let (upper, lower) = (row.low * Int32(texture.width), row.high * Int32(texture.width))
    indices = [
      upper + column.low, upper + column.high, lower + column.low, lower + column.high,
    ]
    weights = [
      column.lowWeight * row.lowWeight, column.highWeight * row.lowWeight,
      column.lowWeight * row.highWeight, column.highWeight * row.highWeight,
    ]
  }

  /// The weighted sum in one channel.
  ///
  /// - Parameters:
  ///   - values: the channel's number at texel 0.
  ///   - texelStep: floats from texel to texel.
  func weighted(_ values: UnsafePointer<Float>, texelStep: Int) -> Float {
    var sum: Float = 0
    for tap in 0..<4 where weights[tap] != 0 {
      sum += values[Int(indices[tap]) * texelStep] * weights[tap]
    }
    return sum
  }
}

/// Samples points of a grid without vector code.
func gridSampleScalar(
  _ texture: FloatTexture, _ grid: SamplingGrid, _ sampling: GridSampling, _ points: Range<Int>,
  _ target: SampleTarget
) {
  let planar = texture.layout == .planar
  let channelStep = planar ? texture.width * texture.height : 1
  for point in points {
    let taps = TexelTaps(
      x: grid.x[point * grid.step], y: grid.y[point * grid.step], texture, sampling)
    for channel in 0..<texture.channels {
      target.values[channel * target.channelStep + point * target.pointStep] = taps.weighted(
        texture.values + channel * channelStep, texelStep: planar ? 1 : texture.channels)
    }
  }
}
