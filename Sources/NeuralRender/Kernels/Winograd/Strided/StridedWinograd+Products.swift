// Transforms, products and results of some rows of outputs.

import Compute

extension StridedWinograd {
  /// Transforms what the listed tiles read: of each input row the odd columns, five a tile.
  func transform(_ work: StridedScratch, _ input: FeatureMap) {
    for index in 0..<work.tileCount {
      for tap in 0..<3 {
        let place = work.place(work.tiles[index], tap: tap)
        if work.isDone[place] { continue }
        work.isDone[place] = true
        transform(
          work, input, row: 2 * Int(work.tiles[index].row) - 1 + tap,
          column: 8 * Int(work.tiles[index].column) - 1,
          work.transformed + place * work.tileStride)
      }
    }
  }

  private func transform(
    _ work: StridedScratch, _ input: FeatureMap, row: Int, column: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let y = borderIndex(row, count: input.height, border: shape.border)
    let step = 2 * input.pixelStride
    let isInside = y != nil && column >= 0 && column + 9 <= input.width
    let source = input.pixel(y ?? 0, max(column, 0))
    for channel in stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - channel)
      if isInside {
        FourByTwoLines.transform(
          { k in loadFirst16(source + k * step + channel, count) },
          { point, value in
            storeFirst16(value, target + point * work.pointStride + channel, count)
          })
      } else {
        FourByTwoLines.transform(
          { k in
            let x = borderIndex(column + 2 * k, count: input.width, border: shape.border)
            // Tiles may reach farther than the padding; what lies there meets no tap.
            guard let y, let x, x >= 0, x < input.width else { return .zero }
            return loadFirst16(input.pixel(y, x) + channel, count)
          },
          { point, value in
            storeFirst16(value, target + point * work.pointStride + channel, count)
          })
      }
    }
  }

  private func panel(_ block: Int, _ index: Int) -> UnsafePointer<Float> {
    weights.block(block) + index * 3 * channels * weights.width(block)
  }

  /// The products of a point with all listed tiles.
  func multiplyTiles(_ work: StridedScratch, _ block: Int, _ point: Int) {
    let base = Int(bitPattern: work.transformed + point * work.pointStride)
    let groups = (work.tileCount + tilePixels - 1) / tilePixels
    for group in 0..<groups {
      let first = group * tilePixels
      let held = min(tilePixels, work.tileCount - first)
      for slot in 0..<tilePixels {
        let tile = work.tiles[first + min(slot, held - 1)]
        for tap in 0..<3 {
          work.table[tap * tableRow + slot] =
            base &+ work.place(tile, tap: tap) &* work.tileStride &* 4
        }
      }
      multiply(
        work, block, point, share: group, of: groups, pixels: held,
        work.products + point * StridedScratch.productStride + first * 32)
    }
  }

  /// The products of the middle tap with all listed pixels.
  func multiplyPixels(_ work: StridedScratch, _ block: Int, _ input: FeatureMap) {
    let groups = (work.pixelCount + tilePixels - 1) / tilePixels
    for group in 0..<groups {
      let first = group * tilePixels
      let held = min(tilePixels, work.pixelCount - first)
      for slot in 0..<tilePixels {
        let pixel = work.pixels[first + min(slot, held - 1)]
        for tap in 0..<3 {
          let y = borderIndex(
            2 * Int(pixel.row) - 1 + tap, count: input.height, border: shape.border)
          work.table[tap * tableRow + slot] =
            y.map { Int(bitPattern: input.pixel($0, 2 * Int(pixel.column))) }
            ?? Int(bitPattern: zeros.pointer)
        }
      }
      multiply(
        work, block, FourByTwoLines.size, share: group, of: groups, pixels: held,
        work.middle + first * 32)
    }
  }

  @inline(__always)
  private func multiply(
    _ work: StridedScratch, _ block: Int, _ index: Int, share: Int, of shares: Int, pixels: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let width = weights.width(block)
    // Panels and blocks follow each other.
    let bytes = 3 * channels * width * 4
    if block + 1 < weights.blocks || index < FourByTwoLines.size {
      prefetch(
        Int(bitPattern: panel(block, index)) + bytes + bytes / shares * share, bytes / shares)
    }
    multiplyTile(
      TileOperands(
        table: work.table, channels: segmentChannels.pointer, segments: 3,
        weights: panel(block, index)),
      pixels: pixels, width: width, target: target, stride: 32)
  }

  /// Adds the products up and writes the listed pixels.
  func finish(_ work: StridedScratch, _ block: Int, _ writer: PixelWriter) {
    let factors = writer.factors ?? weights.factors
    for half in stride(from: 0, to: weights.columns(block), by: 16) {
      let channel = ChannelEpilogue(factors, from: 32 * block + half)
      let count = min(16, weights.columns(block) - half)
      for index in 0..<work.tileCount {
        let products = work.products + index * 32 + half
        FourByTwoLines.restore(
          { load16(products + $0 * StridedScratch.productStride) },
          { store16($1, work.line + $0 * 16) })
        let end = Int(work.tiles[index + 1].firstPixel)
        for place in Int(work.tiles[index].firstPixel)..<end {
          let pixel = work.pixels[place]
          let x = Int(pixel.column)
          writer.write(
            load16(work.line + x % 4 * 16) + load16(work.middle + place * 32 + half), channel,
            Int(pixel.row), x, 32 * block + half, count)
        }
      }
    }
  }
}
