// From products of low rows to pixels of the doubled image.

import Compute

/// Blends the products of a block of outputs and writes pixels.
struct UpsamplingBlend {
  let work: UpsamplingScratch
  let low: FeatureMap
  let panel: WeightPanel
  let block: Int
  let writer: PixelWriter

  /// Writes the four outputs of each low pixel of a span.
  func finish(_ span: RowPiece) {
    let step = UpsamplingScratch.blendColumns
    for half in stride(from: 0, to: panel.columns, by: 16) {
      for first in stride(from: Int(span.x0), to: Int(span.x1), by: step) {
        finish(Int(span.y), first..<min(first + step, Int(span.x1)), half)
      }
    }
  }

  private func finish(_ y: Int, _ columns: Range<Int>, _ half: Int) {
    let origin = columns.lowerBound - 1
    blendEvenPositions(y, origin...columns.upperBound, half)
    for tile in (columns.lowerBound + 3) / 4 - 1...(columns.upperBound - 1) / 4 {
      blendTile(y, tile, half) { index, upper, lower in
        let column = tile < 0 ? -1 : 4 * tile + index
        if column >= origin && column < columns.upperBound && (tile >= 0 || index == 0) {
          let place = (2 * (column - origin) + 1) * 16
          store16(upper, work.line + place)
          store16(lower, work.line + UpsamplingScratch.lineFloats + place)
        }
      }
    }
    let channel = ChannelEpilogue(scale: panel.scale + half, bias: panel.bias + half)
    let first = 32 * block + half
    let count = min(16, panel.columns - half)
    for row in 0..<2 {
      let line = work.line + row * UpsamplingScratch.lineFloats
      for column in columns {
        var (even, odd) = filtered(line + 2 * (column - columns.lowerBound) * 16)
        if column == 0 {
          let missed = edgeProduct(y, tile: -1, index: 1, half, row)
          even -= missed
          odd += missed
        }
        if column == low.width - 1 {
          let missed = edgeProduct(y, tile: (low.width + 3) / 4, index: 0, half, row)
          even += missed
          odd -= missed
        }
        writer.write(even, channel, 2 * y + row, 2 * column, first, count)
        writer.write(odd, channel, 2 * y + row, 2 * column + 1, first, count)
      }
    }
  }

  /// Results 2i and 2i + 1 from the positions 2i - 2 to 2i + 2.
  @inline(__always)
  private func filtered(
    _ line: UnsafePointer<Float>
  ) -> (SIMD16<Float>, SIMD16<Float>) {
    let near = SIMD16<Float>(repeating: 0.75)
    let far = SIMD16<Float>(repeating: 0.25)
    let (before, here, after) = (load16(line + 16), load16(line + 32), load16(line + 48))
    return (
      multiplyAdd(near, before + here, far * (load16(line) + after)),
      multiplyAdd(near, here + after, far * (before + load16(line + 64)))
    )
  }

  /// The even positions of two output rows: columns beyond the image repeat its edge.
  @inline(__always)
  private func blendEvenPositions(_ y: Int, _ columns: ClosedRange<Int>, _ half: Int) {
    let rows = neighbours(y)
    for column in columns {
      let x = min(max(column, 0), low.width - 1)
      let (upper, lower) = blended(
        work.column(rows.0, x) + half, work.column(y, x) + half, work.column(rows.1, x) + half,
        tap: 32, first: y == 0, last: y == low.height - 1)
      let place = 2 * (column - columns.lowerBound) * 16
      store16(upper, work.line + place)
      store16(lower, work.line + UpsamplingScratch.lineFloats + place)
    }
  }

  /// The odd positions of a tile of two output rows.
  @inline(__always)
  private func blendTile(
    _ y: Int, _ tile: Int, _ half: Int, _ write: (Int, SIMD16<Float>, SIMD16<Float>) -> Void
  ) {
    let rows = neighbours(y)
    let points = TransformedUpsampling.points
    let sources = (
      work.tile(rows.0, tile) + half, work.tile(y, tile) + half, work.tile(rows.1, tile) + half
    )
    let upper = work.sums
    let lower = upper + points * 16
    for point in 0..<points {
      let (first, second) = blended(
        sources.0 + point * 32, sources.1 + point * 32, sources.2 + point * 32, tap: points * 32,
        first: y == 0, last: y == low.height - 1)
      store16(first, upper + point * 16)
      store16(second, lower + point * 16)
    }
    let restored = lower + points * 16
    FourByTwoLines.restore({ load16(upper + $0 * 16) }, { store16($1, restored + $0 * 16) })
    FourByTwoLines.restore(
      { load16(lower + $0 * 16) },
      { index, value in write(index, load16(restored + index * 16), value) })
  }

  /// A quarter of what the outer tap makes of the pixel at an end of the row.
  @inline(never)
  private func edgeProduct(
    _ y: Int, tile: Int, index wanted: Int, _ half: Int, _ row: Int
  ) -> SIMD16<Float> {
    var result = SIMD16<Float>.zero
    blendTile(y, tile, half) { index, upper, lower in
      if index == wanted { result = row == 0 ? upper : lower }
    }
    return result * SIMD16(repeating: 0.25)
  }

  @inline(__always)
  private func neighbours(_ y: Int) -> (Int, Int) { (max(y - 1, 0), min(y + 1, low.height - 1)) }
}
