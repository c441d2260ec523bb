// Tiles of the input as rows of whole numbers.

import Compute

extension CompactShortWinograd {
  /// Transforms and rounds some tiles of the input.
  func transform(
    _ item: Int, _ tiles: RowPieces, _ input: FeatureMap, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    var pieces = ScratchPieces(scratch)
    let half = pieces.take(Float.self, 36 * 16)
    let values = pieces.take(Float.self, Self.points * ShortFilters.stretch)
    let patch = FeatureMap(
      pieces.take(Float.self, 36 * channels), height: 6, width: 6, channels: channels)
    let source = TileSource(input: input, border: shape.border, enlargement: enlargement)
    let (pointStride, scaleStride) = (pointStride(tiles), scaleStride(tiles))
    tiles.forEach(item, of: Self.tilesPerTransform) { tile, row, column in
      let pixels = source.tile(4 * row - shape.top, 4 * column - shape.left, patch: patch)
      for stretch in 0..<weights.stretches {
        let rows = rows(stretch, tiles, shared)
        let width = weights.width(stretch)
        for side in 0..<2 {
          transformSide(pixels, side, stretch * ShortFilters.stretch, width, half, values)
          let number = 2 * tile + side
          for point in 0..<Self.points where !isEmpty(point) {
            let inverse = ShortRows.quantizeBySum(
              values + point * ShortFilters.stretch, count: width,
              to: rows.words + (point * pointStride + number * Self.rowWords))
            rows.inverses[point * scaleStride + number] = inverse * ShortFilters.factor(point)
          }
        }
      }
    }
  }

  /// Transforms the left or right four columns of a tile, [point][channel of the stretch].
  private func transformSide(
    _ source: FeatureMap, _ side: Int, _ first: Int, _ width: Int,
    _ half: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    for channel in Swift.stride(from: 0, to: width, by: 16) {
      let count = min(16, width - channel)
      for j in 0..<4 {
        let column = source.pixel(0, 2 * side + j) + (first + channel)
        FourByThreeLines.transform(
          { i in loadFirst16(column + i * source.rowStride, count) },
          { i, value in store16(value, half + (i * 4 + j) * 16) })
      }
      for i in 0..<6 {
        let line = half + 64 * i
        let (d0, d1, d2, d3) = (
          load16(line), load16(line + 16), load16(line + 32), load16(line + 48)
        )
        let place = target + (4 * i * ShortFilters.stretch + channel)
        store16(d0 - d2, place)
        store16(d1 + d2, place + ShortFilters.stretch)
        store16(d2 - d1, place + 2 * ShortFilters.stretch)
        store16(d1 - d3, place + 3 * ShortFilters.stretch)
      }
    }
  }
}
