// Some neighbours at a time, sixteen or eight channels each, so that weights are loaded once for all.

import CSIMD
import Compute

/// What a tile of a depthwise convolution is: how taps are added to which sums.
private enum DepthwiseTile<Taps: TapRow, Sums: TileSums> {}

extension DepthwiseConvolution {
  /// Computes pixels whose columns are all inside, some at a time, of at least eight channels, and returns
  /// the first column that is left.
  func tiles(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction
  ) -> Int {
    if arePaired(maps) {
      if shape.stride == 1 {
        return tiles(JoinedSums<PairedSums, PairedSums>.self, y, columns, maps, function)
      } else if shape.kernelWidth > 3 {
        // Fewer taps are not worth the parting.
        return tiles(SkippingPairedSums.self, y, columns, maps, function)
      }
    }
    if channels < 16 { return tiles(EightSums<SIMD8<Float>>.self, y, columns, maps, function) }
    if csimd_vector_bytes() < 64 { return tiles(HalvedSums.self, y, columns, maps, function) }
    return shape.stride == 1
      ? tiles(EightSums<SIMD16<Float>>.self, y, columns, maps, function)
      : tiles(FourSums<SIMD16<Float>>.self, y, columns, maps, function)
  }

  /// Whether two pixels of eight channels fill a vector.
  @inline(__always)
  func arePaired(_ maps: DepthwiseMaps) -> Bool {
    csimd_vector_bytes() == 64 && channels == 8 && shape.stride <= 2 && shape.dilation == 1
      && maps.arePacked
  }

  private func tiles<Sums: TileSums>(
    _: Sums.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps,
    _ function: some EpilogueFunction
  ) -> Int {
    let areNeighbours = shape.stride == Sums.stride && shape.dilation == 1
    switch shape.kernelWidth {
    case 3 where areNeighbours:
      return tiles(DepthwiseTile<ThreeNeighbours, Sums>.self, y, columns, maps, function)
    case 5 where areNeighbours:
      return tiles(DepthwiseTile<FiveNeighbours, Sums>.self, y, columns, maps, function)
    case 3: return tiles(DepthwiseTile<ThreeApart, Sums>.self, y, columns, maps, function)
    case 5: return tiles(DepthwiseTile<FiveApart, Sums>.self, y, columns, maps, function)
    default: return tiles(DepthwiseTile<AnyApart, Sums>.self, y, columns, maps, function)
    }
  }

  @inline(never)
  private func tiles<Taps: TapRow, Sums: TileSums>(
    _: DepthwiseTile<Taps, Sums>.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps,
    _ function: some EpilogueFunction
  ) -> Int {
    let source = maps.source
    let next = shape.stride &* source.pixelStride
    let across = shape.dilation &* source.pixelStride
    let (asksVectors, asksRows) = (foretells && spreads, foretells && !spreads)
    return forEachTile(of: Sums.pixels, columns, maps) { x in
      let place = self.columns.first(x) &* source.pixelStride
      let start = source.base + place
      if asksRows { prefetchNewRows(y, source, place, Sums.pixels &* next) }
      Sums.forEachVector(channels) { first, shared in
        let piece = DepthwisePiece<Sums.Lanes>(self, first, shared)
        if asksVectors {
          prefetchVectors(y, source, place &+ first, Sums.pixels)
          maps.target.prefetchTarget(y, x, first, Sums.pixels)
        }
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
        maps.write(sums, y, x, piece, function)
      }
    }
  }

  /// Calls `body` with the first column of each tile and returns the first column that is left. What would
  /// be left is computed by a last tile that begins before the end of the one before it; not where the
  /// residual may be the target.
  @inline(__always)
  private func forEachTile(
    of pixels: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ body: (_ x: Int) -> Void
  ) -> Int {
    let overlaps = maps.residual == nil && columns.count >= pixels
    let last = overlaps ? columns.upperBound &- pixels : columns.upperBound
    var x = columns.lowerBound
    while x &+ pixels <= columns.upperBound {
      body(x)
      x &+= pixels
      if x > last && x < columns.upperBound { x = last }
    }
    return x
  }

  /// Whether what is asked for is spread over a tile's vectors, and the tile's targets are asked for, too; not
  /// of windows that are read about as fast as memory gives, whose rows are asked for in order.
  private var spreads: Bool { shape.stride == 1 || shape.kernelHeight > 3 }

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

  /// Asks for a vector of all that a tile's pixels read from the rows which the output row above has not
  /// read, some way ahead. Of a few pixels at a time: the processor can wait for few lines at once.
  @inline(__always)
  private func prefetchVectors(
    _ y: Int, _ source: FeatureMap, _ place: Int, _ pixels: Int
  ) {
    var row = max(0, shape.kernelHeight &- shape.stride)
    while row < shape.kernelHeight {
      let sourceY = rows.position(y, row)
      if sourceY >= 0 {
        let first = Int(bitPattern: source.base) &+ 4 &* (sourceY &* source.rowStride &+ place)
        source.prefetch(first &+ prefetchDistance, pixels &* shape.stride)
      }
      row &+= 1
    }
  }
}
