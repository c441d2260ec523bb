// Sampling of float textures with any number of channels, as neural textures need it.
//
// Matches: torch.nn.functional.grid_sample for four-dimensional input (bilinear and nearest, zeros and
// border, both `align_corners`), one picture of a batch at a time.
// Differs: texels of weight zero are not read, so that an infinite one does not turn into NaN.

import CSIMD
import Compute

/// How `gridSample` turns coordinates into texels.
public struct GridSampling: Sendable, Equatable {
  public enum Filter: Sendable, CaseIterable {
    case bilinear
    /// The nearest texel; halves go to the even one.
    case nearest
  }

  /// What lies beyond the texture's edges.
  public enum Padding: Sendable, CaseIterable {
    case zeros
    /// The edge texels repeat.
    case border
  }

  public var filter: Filter
  public var padding: Padding
  /// Whether -1 and 1 are the centres of the outermost texels; otherwise their outer edges.
  public var alignsCorners: Bool

  public init(
    filter: Filter = .bilinear, padding: Padding = .zeros, alignsCorners: Bool = false
  ) {
    self.filter = filter
    self.padding = padding
    self.alignsCorners = alignsCorners
  }
}

/// The order of a float picture's numbers.
public enum ChannelLayout: Sendable, CaseIterable {
  /// (channel, row, column)
  case planar
  /// (row, column, channel)
  case channelsLast
}

/// A picture of floats with any number of channels; the memory stays the caller's.
public struct FloatTexture: @unchecked Sendable {
  // Sendable: read only while it is sampled.
  public let values: UnsafePointer<Float>
  public let channels: Int
  public let height: Int
  public let width: Int
  public let layout: ChannelLayout

  /// - Parameter values: `channels * height * width` numbers in the order of `layout`.
  public init(
    values: UnsafePointer<Float>, channels: Int, height: Int, width: Int, layout: ChannelLayout
  ) {
    precondition(channels > 0 && height > 0 && width > 0 && height * width <= Int(Int32.max))
    self.values = values
    self.channels = channels
    self.height = height
    self.width = width
    self.layout = layout
  }
}

/// The points at which a texture is sampled; the memory stays the caller's.
public struct SamplingGrid: @unchecked Sendable {
  // Sendable: read only while a texture is sampled.
  let x: UnsafePointer<Float>
  let y: UnsafePointer<Float>
  /// Floats from point to point, 1 or 2.
  let step: Int
  public let count: Int

  /// - Parameter xy: (count, 2): x from -1 (left) to 1 (right), y from -1 (row 0) to 1.
  public init(interleaved xy: UnsafePointer<Float>, count: Int) {
    (x, y, step, self.count) = (xy, xy + 1, 2, count)
  }

  /// - Parameters:
  ///   - x: count numbers from -1 (left) to 1 (right).
  ///   - y: as many from -1 (row 0) to 1.
  public init(x: UnsafePointer<Float>, y: UnsafePointer<Float>, count: Int) {
    (self.x, self.y, step, self.count) = (x, y, 1, count)
  }
}

/// Samples a texture at the points of a grid.
///
/// NaN coordinates count as -1; infinite ones lie outside. Every point's result has the same bytes
/// whatever the layouts, the range and the points beside it.
///
/// - Parameters:
///   - points: which points of the grid; workers that share a grid take disjoint ranges.
///   - output: `texture.channels * grid.count` floats: (channel, point) or (point, channel) as
///     `layout` says.
public func gridSample(
  _ texture: FloatTexture, at grid: SamplingGrid, _ sampling: GridSampling,
  points: Range<Int>? = nil, into output: UnsafeMutablePointer<Float>, layout: ChannelLayout
) {
  let points = points ?? 0..<grid.count
  precondition(points.lowerBound >= 0 && points.upperBound <= grid.count, "points outside the grid")
  let target = SampleTarget(
    values: output, channelStep: layout == .planar ? grid.count : 1,
    pointStep: layout == .planar ? 1 : texture.channels)
  switch texture.layout {
  case .planar: samplePlanar(texture, grid, sampling, points, target)
  case .channelsLast: sampleChannelsLast(texture, grid, sampling, points, target)
  }
}

/// Where results go: channel c of point p at `values[c * channelStep + p * pointStep]`.
struct SampleTarget {
  let values: UnsafeMutablePointer<Float>
  let channelStep: Int
  let pointStep: Int
}

/// Coordinates beyond this have nothing but padding around them, and products with a texture's size
/// stay finite.
let farthestCoordinate: Float = 1e30

/// One point after another, sixteen channels at a time.
private func sampleChannelsLast(
  _ texture: FloatTexture, _ grid: SamplingGrid, _ sampling: GridSampling, _ points: Range<Int>,
  _ target: SampleTarget
) {
  let channels = texture.channels
  for point in points {
    let taps = TexelTaps(
      x: grid.x[point * grid.step], y: grid.y[point * grid.step], texture, sampling)
    let output = target.values + point * target.pointStep
    var channel = 0
    while channel + 16 <= channels {
      let sum: SIMD16<Float> = weighted(texture.values + channel, channels, taps)
      store(sum, output + channel * target.channelStep, target.channelStep)
      channel += 16
    }
    while channel + 4 <= channels {
      let sum: SIMD4<Float> = weighted(texture.values + channel, channels, taps)
      store(sum, output + channel * target.channelStep, target.channelStep)
      channel += 4
    }
    while channel < channels {
      output[channel * target.channelStep] = taps.weighted(
        texture.values + channel, texelStep: channels)
      channel += 1
    }
  }
}

/// The four texels' weighted sum in as many channels as the vector has lanes.
@inline(__always)
private func weighted<V: SIMD>(
  _ values: UnsafePointer<Float>, _ channels: Int, _ taps: TexelTaps
) -> V where V.Scalar == Float {
  @inline(__always) func texel(_ index: Int32) -> V {
    UnsafeRawPointer(values + Int(index) * channels).loadUnaligned(as: V.self)
  }
  var sum = V.zero
  if taps.weights.x != 0 { sum += texel(taps.indices.x) * taps.weights.x }
  if taps.weights.y != 0 { sum += texel(taps.indices.y) * taps.weights.y }
  if taps.weights.z != 0 { sum += texel(taps.indices.z) * taps.weights.z }
  if taps.weights.w != 0 { sum += texel(taps.indices.w) * taps.weights.w }
  return sum
}

@inline(__always)
private func store<V: SIMD>(_ value: V, _ target: UnsafeMutablePointer<Float>, _ step: Int)
where V.Scalar == Float {
  if step == 1 {
    UnsafeMutableRawPointer(target).storeBytes(of: value, as: V.self)
  } else {
    for lane in 0..<V.scalarCount { target[lane * step] = value[lane] }
  }
}

/// Sixteen points at a time, one channel after another.
private func samplePlanar(
  _ texture: FloatTexture, _ grid: SamplingGrid, _ sampling: GridSampling, _ points: Range<Int>,
  _ target: SampleTarget
) {
  typealias V = SIMD16<Float>
  let plane = texture.width * texture.height
  let step = Int32(grid.step)
  let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) &* step
  var first = points.lowerBound
  while first + 16 <= points.upperBound {
    let x = csimd_gather_f32(grid.x + first * grid.step, lanes)
    let y = csimd_gather_f32(grid.y + first * grid.step, lanes)
    let column = AxisTaps16(x, size: Int32(texture.width), sampling)
    let row = AxisTaps16(y, size: Int32(texture.height), sampling)
    let width = SIMD16<Int32>(repeating: Int32(texture.width))
    let (upper, lower) = (row.low &* width, row.high &* width)
    for channel in 0..<texture.channels {
      let values = texture.values + channel * plane
      @inline(__always) func term(_ index: SIMD16<Int32>, _ weight: V) -> V {
        (csimd_gather_f32(values, index) * weight).replacing(with: 0, where: weight .== 0)
      }
      let sum =
        V.zero + term(upper &+ column.low, column.lowWeight * row.lowWeight)
        + term(upper &+ column.high, column.highWeight * row.lowWeight)
        + term(lower &+ column.low, column.lowWeight * row.highWeight)
        + term(lower &+ column.high, column.highWeight * row.highWeight)
      store(
        sum, target.values + channel * target.channelStep + first * target.pointStep,
        target.pointStep)
    }
    first += 16
  }
  gridSampleScalar(
    texture, grid, sampling, first..<max(first, points.upperBound), target)
}

/// The two texels along an axis around sixteen coordinates; the scalar twin is `AxisTaps`.
private struct AxisTaps16 {
  let low, high: SIMD16<Int32>
  let lowWeight, highWeight: SIMD16<Float>

  @inline(__always)
  init(_ coordinate: SIMD16<Float>, size: Int32, _ sampling: GridSampling) {
    typealias V = SIMD16<Float>
    let extent = Float(size)
    let g = coordinate.replacing(with: -1, where: coordinate .!= coordinate)
      .clamped(
        lowerBound: V(repeating: -farthestCoordinate),
        upperBound: V(repeating: farthestCoordinate))
    let free =
      sampling.alignsCorners ? (g + 1) * 0.5 * (extent - 1) : ((g + 1) * extent - 1) * 0.5
    let border = sampling.padding == .border
    let position = free.clamped(
      lowerBound: V(repeating: border ? 0 : -2),
      upperBound: V(repeating: border ? extent - 1 : extent + 1))
    let first: SIMD16<Int32>
    let fraction: V
    if sampling.filter == .nearest {
      (first, fraction) = (csimd_round_i32(position), .zero)
    } else {
      let floor = csimd_floor_f32(position)
      (first, fraction) = (csimd_truncate_i32(floor), position - floor)
    }
    @inline(__always) func inside(_ index: SIMD16<Int32>, _ weight: V) -> (SIMD16<Int32>, V) {
      let below = index .< 0
      let above = index .>= SIMD16(repeating: size)
      return (
        index.replacing(with: 0, where: below).replacing(with: size - 1, where: above),
        weight.replacing(with: 0, where: below).replacing(with: 0, where: above)
      )
    }
    (low, lowWeight) = inside(first, 1 - fraction)
    (high, highWeight) = inside(first &+ 1, fraction)
  }
}
