// Some neighbours at a time, sixteen or eight channels each, so that weights are loaded once for all.

import CSIMD
import Compute

/// How a row of taps is added to the sums of a tile; the weights of neighbouring taps are 16 floats apart.
private protocol TapRow {
  /// - Parameters:
  ///   - next: floats between the tile's pixels.
  ///   - across: floats between taps.
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int)
}

private enum ThreeNeighbours: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.addThree(pixel, next, weights)
  }
}

private enum FiveNeighbours: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.addFive(pixel, next, weights)
  }
}

private enum ThreeTaps: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
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
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
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
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
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
  /// Computes pixels whose columns are all inside, some at a time, of at least eight channels, and returns
  /// the first column that is left.
  func tiles(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction
  ) -> Int {
    if channels < 16 { return tiles(EightSums.self, y, columns, maps, function) }
    return csimd_vector_bytes() == 64
      ? tiles(FourSums<SIMD16<Float>>.self, y, columns, maps, function)
      : tiles(HalvedSums.self, y, columns, maps, function)
  }

  private func tiles<Sums: TileSums>(
    _ sums: Sums.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps,
    _ function: some EpilogueFunction
  ) -> Int {
    let areNeighbours = shape.stride == 1 && shape.dilation == 1
    switch shape.kernelWidth {
    case 3 where areNeighbours:
      return tiles(ThreeNeighbours.self, sums, y, columns, maps, function)
    case 5 where areNeighbours:
      return tiles(FiveNeighbours.self, sums, y, columns, maps, function)
    case 3: return tiles(ThreeTaps.self, sums, y, columns, maps, function)
    case 5: return tiles(FiveTaps.self, sums, y, columns, maps, function)
    default: return tiles(AnyTaps.self, sums, y, columns, maps, function)
    }
  }

  @inline(never)
  private func tiles<Taps: TapRow, Sums: TileSums>(
    _: Taps.Type, _: Sums.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps,
    _ function: some EpilogueFunction
  ) -> Int {
    let source = maps.source
    let next = shape.stride &* source.pixelStride
    let across = shape.dilation &* source.pixelStride
    let foretells = foretells
    // What is left over is computed by a last tile that begins before the end of the one before it; not where
    // the residual may be the target.
    let overlaps = maps.residual == nil && columns.count >= Sums.pixels
    let last = overlaps ? columns.upperBound &- Sums.pixels : columns.upperBound
    var x = columns.lowerBound
    while x &+ Sums.pixels <= columns.upperBound {
      let place = self.columns.first(x) &* source.pixelStride
      let start = source.base + place
      if foretells { prefetchNewRows(y, source, place, Sums.pixels &* next) }
      Sums.Lanes.forEach(channels) { first, shared in
        let piece = DepthwisePiece<Sums.Lanes>(self, first, shared)
        var sums = Sums()
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
        sums.forEach { pixel, sum in
          let value = function.apply(epilogue, sum.widened)
          maps.write(Sums.Lanes(firstOf: value), y, x &+ pixel, piece)
        }
      }
      x &+= Sums.pixels
      if x > last && x < columns.upperBound { x = last }
    }
    return x
  }

  /// Asks for `count` floats ahead of a place in the rows that the output row above has not read.
  @inline(__always)
  func prefetchNewRows(_ y: Int, _ source: FeatureMap, _ place: Int, _ count: Int) {
    var row = max(0, shape.kernelHeight &- shape.stride)
    while row < shape.kernelHeight {
      let sourceY = rows.position(y, row)
      if sourceY >= 0 {
        let first = sourceY &* source.rowStride &+ place
        prefetch(
          Int(bitPattern: source.base) &+ 4 &* first &+ prefetchDistance, 4 &* count)
      }
      row &+= 1
    }
  }
}
