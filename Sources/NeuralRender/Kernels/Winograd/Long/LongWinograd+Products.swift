// The transforms and products of a block.

import Compute

extension LongWinograd {
  /// Transforms each row of tiles of a block down its columns.
  func transformColumns(_ work: LongScratch, _ input: FeatureMap) {
    let firstX = 4 * work.firstColumn - shape.left
    for tileRow in work.rows {
      let firstY = 4 * (work.firstRow + tileRow) - shape.top
      let rows = BlockRows(input, firstY, shape.border, UnsafePointer(zeros.pointer))
      for x in 4 * work.across.lowerBound..<4 * work.across.upperBound + 3 {
        let column = borderIndex(firstX + x, count: input.width, border: shape.border)
        for channel in stride(from: 0, to: channels, by: 16) {
          let count = min(16, channels - channel)
          if let column, column >= 0, column < input.width {
            FourByFourLines.transform(
              { k in loadFirst16(rows.pixel(k, column) + channel, count) },
              { i, value in storeFirst16(value, work.column(i, tileRow, x) + channel, count) })
          } else {
            for i in 0..<Self.size {
              storeFirst16(.zero, work.column(i, tileRow, x) + channel, count)
            }
          }
        }
      }
    }
  }

  /// Transforms the tiles of a row of points along it.
  func transformRows(_ work: LongScratch, _ row: Int) {
    let pointStride = LongScratch.pointStride(channels)
    for tileRow in work.rows {
      for tile in work.across {
        let source = work.column(row, tileRow, 4 * tile)
        let target = work.transformed + (tileRow * (Self.across + 1) + tile) * channels
        for channel in stride(from: 0, to: channels, by: 16) {
          let count = min(16, channels - channel)
          FourByFourLines.transform(
            { k in loadFirst16(source + k * channels + channel, count) },
            { j, value in storeFirst16(value, target + j * pointStride + channel, count) })
        }
      }
    }
  }

  /// The products of a point: [tile][64].
  func multiply(_ work: LongScratch, _ point: Int, _ panels: Range<Int>) {
    let parts = weights.parts(point)
    let depth = parts.down * parts.across * channels
    let panel = weights.panel(point)
    let vectors = weights.outputs
    let groups = (work.count + tilePixels - 1) / tilePixels
    // While a point is multiplied, each group of tiles asks for its share of the next one's weights.
    let next = min(point + 1, Self.points - 1)
    let nextParts = weights.parts(next)
    let nextDepth = 4 * nextParts.down * nextParts.across * channels
    let nextPanel = Int(bitPattern: weights.panel(next)) + 32 * nextDepth * panels.lowerBound
    let widths = 32 * (panels.count - 1) + vectors.width(panels.upperBound - 1)
    let share = nextDepth * widths / groups
    for group in 0..<groups {
      let first = group * tilePixels
      if next > point { prefetch(nextPanel + share * group, share) }
      for block in panels {
        multiplyTile(
          TileOperands(
            table: work.slots + group * LongScratch.parts * tableRow,
            offset: Int(
              bitPattern: work.transformed
                + point % Self.size * LongScratch.pointStride(channels)),
            tableStep: parts.across == 1 ? 2 * tableRow : tableRow,
            channels: segmentChannels.pointer, segments: parts.down * parts.across,
            weights: panel + 32 * block * depth),
          pixels: min(tilePixels, work.count - first), width: vectors.width(block),
          target: work.products + (point * Self.tiles + first) * 64 + 32 * (block & 1), stride: 64)
      }
    }
  }
}

/// Seven neighbouring rows of an image, some of which may lie beyond its border.
private struct BlockRows {
  private typealias Row = (base: UnsafePointer<Float>, step: Int)
  private let rows: (Row, Row, Row, Row, Row, Row, Row)

  init(
    _ input: FeatureMap, _ first: Int, _ border: BorderMode, _ zeros: UnsafePointer<Float>
  ) {
    func row(_ k: Int) -> Row {
      guard let y = borderIndex(first + k, count: input.height, border: border), y >= 0,
        y < input.height
      else { return (zeros, 0) }
      return (UnsafePointer(input.pixel(y, 0)), input.pixelStride)
    }
    rows = (row(0), row(1), row(2), row(3), row(4), row(5), row(6))
  }

  @inline(__always)
  func pixel(_ k: Int, _ x: Int) -> UnsafePointer<Float> {
    switch k {
    case 0: rows.0.base + x * rows.0.step
    case 1: rows.1.base + x * rows.1.step
    case 2: rows.2.base + x * rows.2.step
    case 3: rows.3.base + x * rows.3.step
    case 4: rows.4.base + x * rows.4.step
    case 5: rows.5.base + x * rows.5.step
    default: rows.6.base + x * rows.6.step
    }
  }
}
