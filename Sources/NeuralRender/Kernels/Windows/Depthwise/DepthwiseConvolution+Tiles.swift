// Four neighbours at a time, sixteen channels each, so that weights are loaded once for the four.

import Compute

/// The sums of four neighbours.
private struct FourSums {
  var s0 = SIMD16<Float>.zero
  var s1 = SIMD16<Float>.zero
  var s2 = SIMD16<Float>.zero
  var s3 = SIMD16<Float>.zero

  @inline(__always)
  init() {}

  /// Adds a tap of pixels `next` floats apart.
  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    let factor = load16(weight)
    s0 = multiplyAdd(load16(pixel), factor, s0)
    s1 = multiplyAdd(load16(pixel + next), factor, s1)
    s2 = multiplyAdd(load16(pixel + 2 &* next), factor, s2)
    s3 = multiplyAdd(load16(pixel + 3 &* next), factor, s3)
  }

  /// Adds three taps at stride 1 without dilation: six pixels `next` floats apart, each loaded once.
  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    let (w0, w1, w2) = (load16(weights), load16(weights + 16), load16(weights + 32))
    s0 = multiplyAdd(load16(pixel), w0, s0)
    let second = load16(pixel + next)
    s0 = multiplyAdd(second, w1, s0)
    s1 = multiplyAdd(second, w0, s1)
    let third = load16(pixel + 2 &* next)
    s0 = multiplyAdd(third, w2, s0)
    s1 = multiplyAdd(third, w1, s1)
    s2 = multiplyAdd(third, w0, s2)
    let fourth = load16(pixel + 3 &* next)
    s1 = multiplyAdd(fourth, w2, s1)
    s2 = multiplyAdd(fourth, w1, s2)
    s3 = multiplyAdd(fourth, w0, s3)
    let fifth = load16(pixel + 4 &* next)
    s2 = multiplyAdd(fifth, w2, s2)
    s3 = multiplyAdd(fifth, w1, s3)
    s3 = multiplyAdd(load16(pixel + 5 &* next), w2, s3)
  }
}

/// How a row of taps is added to four sums; the weights of neighbouring taps are 16 floats apart.
private protocol TapRow {
  /// - Parameters:
  ///   - next: floats between the four pixels.
  ///   - across: floats between taps.
  static func add(
    _ sums: inout FourSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int)
}

private enum ThreeNeighbours: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout FourSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.addThree(pixel, next, weights)
  }
}

private enum ThreeTaps: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout FourSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.add(pixel, next, weights)
    sums.add(pixel + across, next, weights + 16)
    sums.add(pixel + 2 &* across, next, weights + 32)
  }
}

private enum FiveTaps: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout FourSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    ThreeTaps.add(&sums, pixel, next: next, across: across, weights, count: 3)
    sums.add(pixel + 3 &* across, next, weights + 48)
    sums.add(pixel + 4 &* across, next, weights + 64)
  }
}

private enum AnyTaps: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout FourSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    var (pixel, weights) = (pixel, weights)
    let end = weights + 16 &* count
    while weights < end {
      sums.add(pixel, next, weights)
      pixel += across
      weights += 16
    }
  }
}

extension DepthwiseConvolution {
  /// Computes pixels whose columns are all inside, four by four, of at least sixteen channels, and
  /// returns the first column that is left.
  func tiles(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction
  ) -> Int {
    switch shape.kernelWidth {
    case 3 where shape.stride == 1 && shape.dilation == 1:
      tiles(ThreeNeighbours.self, y, columns, maps, function)
    case 3: tiles(ThreeTaps.self, y, columns, maps, function)
    case 5: tiles(FiveTaps.self, y, columns, maps, function)
    default: tiles(AnyTaps.self, y, columns, maps, function)
    }
  }

  @inline(never)
  private func tiles<Taps: TapRow>(
    _: Taps.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps,
    _ function: some EpilogueFunction
  ) -> Int {
    let source = maps.source
    let next = shape.stride &* source.pixelStride
    let across = shape.dilation &* source.pixelStride
    var x = columns.lowerBound
    while x &+ 4 <= columns.upperBound {
      let start = source.base + self.columns.first(x) &* source.pixelStride
      SIMD16<Float>.forEach(channels) { first, shared in
        let piece = DepthwisePiece<SIMD16<Float>>(self, first, shared)
        var sums = FourSums()
        var weights = piece.weights
        var row = 0
        while row < shape.kernelHeight {
          let sourceY = rows.position(y, row)
          if sourceY >= 0 {
            Taps.add(
              &sums, start + (sourceY &* source.rowStride &+ first), next: next, across: across,
              weights, count: shape.kernelWidth)
          }
          weights += 16 &* shape.kernelWidth
          row &+= 1
        }
        let epilogue = piece.epilogue
        maps.write(function.apply(epilogue, sums.s0), y, x, piece)
        maps.write(function.apply(epilogue, sums.s1), y, x &+ 1, piece)
        maps.write(function.apply(epilogue, sums.s2), y, x &+ 2, piece)
        maps.write(function.apply(epilogue, sums.s3), y, x &+ 3, piece)
      }
      x &+= 4
    }
    return x
  }
}
