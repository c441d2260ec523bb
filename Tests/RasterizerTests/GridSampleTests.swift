import Compute
import TestSupport
import Testing

@testable import Rasterizer

/// A texture with its numbers, in either layout.
struct SampledPicture {
  let channels: Int
  let height: Int
  let width: Int
  /// (channel, row, column)
  let planar: [Float]

  /// Results as (channel, point) of a texture and an output in the given layouts.
  func sampled(
    at xy: [Float], _ sampling: GridSampling, texture: ChannelLayout = .planar,
    output: ChannelLayout = .planar, separate: Bool = false, points: [Range<Int>]? = nil,
    scalar: Bool = false
  ) -> [Float] {
    let values = buffer(texture == .planar ? planar : exchanged(planar, rows: channels))
    let count = xy.count / 2
    // Separate planes are the interleaved coordinates' transpose.
    let coordinates = buffer(separate ? exchanged(xy, rows: count) : xy)
    let target = AlignedBuffer<Float>(count: channels * count, filledWith: -7)
    let picture = FloatTexture(
      values: values.pointer, channels: channels, height: height, width: width, layout: texture)
    let grid =
      separate
      ? SamplingGrid(x: coordinates.pointer, y: coordinates.pointer + count, count: count)
      : SamplingGrid(interleaved: coordinates.pointer, count: count)
    for range in points ?? [0..<count] {
      if scalar {
        gridSampleScalar(
          picture, grid, sampling, range,
          SampleTarget(
            values: target.pointer, channelStep: output == .planar ? count : 1,
            pointStep: output == .planar ? 1 : channels))
      } else {
        gridSample(
          picture, at: grid, sampling, points: range, into: target.pointer, layout: output)
      }
    }
    let result = (0..<channels * count).map { target[$0] }
    return output == .planar ? result : exchanged(result, rows: count)
  }
}

/// The numbers in memory of their own.
func buffer(_ values: [Float]) -> AlignedBuffer<Float> {
  let result = AlignedBuffer<Float>(count: values.count)
  for (index, value) in values.enumerated() { result[index] = value }
  return result
}

/// The transpose of (rows, columns).
func exchanged(_ values: [Float], rows: Int) -> [Float] {
  let columns = values.count / rows
  return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
}

@Suite struct GridSampleTests {
  static let samplings = GridSampling.Filter.allCases.flatMap { filter in
    GridSampling.Padding.allCases.flatMap { padding in
      [false, true].map {
        GridSampling(filter: filter, padding: padding, alignsCorners: $0)
      }
    }
  }

  static func picture(_ channels: Int, _ height: Int, _ width: Int) -> SampledPicture {
    var generator = SeededGenerator(state: UInt64(channels * height + width))
    return SampledPicture(
      channels: channels, height: height, width: width,
      planar: (0..<channels * height * width).map { _ in .random(in: -2...2, using: &generator) })
  }

  /// Coordinates inside, around the edges, on texels, far away and not numbers.
  static func coordinates(_ count: Int) -> [Float] {
    var generator = SeededGenerator(state: UInt64(count))
    let special: [Float] = [
      -1, 1, 0, -0.0, .nan, .infinity, -.infinity, 3e38, -3e38, 1e10, -1e10, .leastNonzeroMagnitude,
    ]
    return (0..<2 * count).map { index in
      index % 5 == 0
        ? special.randomElement(using: &generator) ?? 0
        : .random(in: -1.4...1.4, using: &generator)
    }
  }

  /// Every form of the call gives the bytes of the scalar twin, NaN and huge coordinates included.
  @Test(arguments: samplings) func everyFormMatchesTheScalarTwin(sampling: GridSampling) {
    for (channels, height, width) in [(1, 1, 1), (3, 4, 1), (16, 5, 7), (21, 16, 9), (37, 3, 64)] {
      let picture = Self.picture(channels, height, width)
      for count in [1, 15, 16, 83] {
        let xy = Self.coordinates(count)
        let expected = picture.sampled(at: xy, sampling, scalar: true)
        let finite = expected.allSatisfy { abs($0) <= 2 }
        #expect(finite, "a weighted mean leaves the texture's range")
        for texture in ChannelLayout.allCases {
          for output in ChannelLayout.allCases {
            for separate in [false, true] {
              let result = picture.sampled(
                at: xy, sampling, texture: texture, output: output, separate: separate,
                points: [0..<count / 3, count / 3..<count])
              #expect(bits(result) == bits(expected), "\(channels) channels, \(texture), \(output)")
            }
          }
        }
      }
    }
  }

  /// A picture that is linear in its coordinates is reproduced between its outermost texels.
  @Test(arguments: [false, true]) func rampsAreReproduced(alignsCorners: Bool) {
    let (width, height) = (9, 6)
    let columns = (0..<width * height).map { Float($0 % width) }
    let rows = (0..<width * height).map { Float($0 / width) }
    let picture = SampledPicture(
      channels: 2, height: height, width: width, planar: columns + rows)
    var xy: [Float] = []
    for point in 0..<40 { xy += [-0.8 + 0.04 * Float(point), 0.7 - 0.035 * Float(point)] }
    let sampling = GridSampling(padding: .border, alignsCorners: alignsCorners)
    let result = picture.sampled(at: xy, sampling)
    for point in 0..<40 {
      func position(_ g: Float, _ size: Int) -> Float {
        alignsCorners ? (g + 1) / 2 * Float(size - 1) : ((g + 1) * Float(size) - 1) / 2
      }
      #expect(abs(result[point] - position(xy[2 * point], width)) < 1e-5)
      #expect(abs(result[40 + point] - position(xy[2 * point + 1], height)) < 1e-5)
    }
  }

  @Test func edges() {
    // Texels 10 20 / 30 40 with their centres at -0.5 and 0.5.
    let picture = SampledPicture(channels: 1, height: 2, width: 2, planar: [10, 20, 30, 40])
    let xy: [Float] = [-1, -1, 1, -1, 1.5, 0.5, 2, 2, -9, 0, .nan, .nan, .infinity, -.infinity]
    func sampled(_ padding: GridSampling.Padding, _ filter: GridSampling.Filter) -> [Float] {
      picture.sampled(at: xy, GridSampling(filter: filter, padding: padding))
    }
    #expect(sampled(.border, .bilinear) == [10, 20, 40, 40, 20, 10, 20])
    // Half a texel beyond the centre in both axes, a quarter is left; NaN counts as -1.
    #expect(sampled(.zeros, .bilinear) == [2.5, 5, 0, 0, 0, 2.5, 0])
    // Positions 1.5, 2 and 2.5 round to 2, outside; position -0.5 to 0.
    #expect(sampled(.zeros, .nearest) == [10, 0, 0, 0, 0, 10, 0])
    #expect(sampled(.border, .nearest) == [10, 20, 40, 40, 10, 10, 20])
  }

  /// A texel of weight zero is not read: what is infinite beside a sample does not spoil it.
  @Test(arguments: ChannelLayout.allCases) func infiniteNeighbours(layout: ChannelLayout) {
    let picture = SampledPicture(
      channels: 4, height: 1, width: 3,
      planar: (0..<4).flatMap { [Float.infinity, Float($0), .nan] })
    let sampling = GridSampling(padding: .border, alignsCorners: true)
    let middle = [Float](repeating: 0, count: 34)
    let expected = (0..<4).flatMap { [Float](repeating: Float($0), count: 17) }
    #expect(picture.sampled(at: middle, sampling, texture: layout) == expected)
  }
}
