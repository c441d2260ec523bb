// The products of low rows that an upsampling convolution is blended from.

import Compute

/// Makes the products of some rows of the low image with a block of outputs.
struct RowProducts {
  let work: UpsamplingScratch
  let inputs: (FeatureMap, FeatureMap?)
  let pieces: RowPieces
  /// Rows whose results are wanted.
  let rows: Range<Int>
  let panel: WeightPanel
  /// Channels of the images, then of both.
  let steps: UnsafePointer<Int>

  private var depth: Int { steps[2] }

  /// Makes the products of `group` that the listed pixels of the rows above, in and below it need.
  func compute(_ group: Range<Int>) {
    let (pixelCount, tileCount) = list(group)
    transform(tileCount)
    let points = TransformedUpsampling.points
    for row in 0..<3 {
      for point in 0..<points {
        multiplyTiles(tileCount, row: row, point: point)
      }
      multiplyPixels(pixelCount, row: row)
    }
  }

  /// Lists the pixels and the tiles of four pixels whose products are needed.
  private func list(_ group: Range<Int>) -> (pixels: Int, tiles: Int) {
    let width = inputs.0.width
    var pixelCount = 0
    var tileCount = 0
    for y in group {
      let count = pieces.joined(
        rows: max(y - 1, rows.lowerBound)..<min(y + 2, rows.upperBound), columns: work.columns,
        left: 0, right: 0, width: width, y: y, into: work.spans)
      var nextPixel = 0
      var nextTile = -1
      for index in 0..<count {
        let (first, end) = (Int(work.spans[index].x0), Int(work.spans[index].x1))
        for x in stride(from: max(first - 1, nextPixel), to: min(end + 1, width), by: 1) {
          work.pixels[pixelCount] = .init(row: Int32(y), column: Int32(x))
          pixelCount += 1
          nextPixel = x + 1
        }
        // Odd positions from before the first pixel to behind the last; a tile beyond each border.
        let lastTile = end == width ? (width + 3) / 4 : (end - 1) / 4
        for tile in stride(from: max((first + 3) / 4 - 1, nextTile), through: lastTile, by: 1) {
          work.tiles[tileCount] = .init(row: Int32(y), column: Int32(tile))
          tileCount += 1
          nextTile = tile + 1
        }
      }
    }
    return (pixelCount, tileCount)
  }

  private func transform(_ count: Int) {
    for index in 0..<count {
      let (y, tile) = (Int(work.tiles[index].row), Int(work.tiles[index].column))
      let target = work.transformed + index * work.tileStride
      transform(inputs.0, y, tile, target)
      if let second = inputs.1 { transform(second, y, tile, target + steps[0]) }
    }
  }

  /// Transforms five neighbours of a row; beyond the image lie zeros.
  private func transform(
    _ input: FeatureMap, _ y: Int, _ tile: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let first = 4 * tile
    let stride = work.pointStride
    let whole = tile >= 0 && first + 5 <= input.width ? input.channels & ~15 : 0
    let source = input.pixel(y, max(first, 0))
    for channel in Swift.stride(from: 0, to: whole, by: 16) {
      FourByTwoLines.transform(
        { k in load16(source + k * input.pixelStride + channel) },
        { point, value in store16(value, target + point * stride + channel) })
    }
    for channel in Swift.stride(from: whole, to: input.channels, by: 16) {
      let count = min(16, input.channels - channel)
      FourByTwoLines.transform(
        { k in
          if tile < 0 || first >= input.width {
            let edge = tile < 0 ? 0 : input.width - 1
            return k == 1 ? loadFirst16(input.pixel(y, edge) + channel, count) : .zero
          }
          return first + k < input.width
            ? loadFirst16(input.pixel(y, first + k) + channel, count) : .zero
        },
        { point, value in storeFirst16(value, target + point * stride + channel, count) })
    }
  }

  @inline(__always)
  private func panelStart(_ row: Int, _ index: Int) -> UnsafePointer<Float> {
    panel.values.assumingMemoryBound(to: Float.self)
      + (row * TransformedUpsampling.panels + index) * depth * panel.width
  }

  /// The products of a point and a row of taps with all tiles.
  private func multiplyTiles(_ count: Int, row: Int, point: Int) {
    let base =
      Int(bitPattern: work.transformed + point * work.pointStride)
    let groups = (count + tilePixels - 1) / tilePixels
    let offset = (row * TransformedUpsampling.points + point) * 32
    for group in 0..<groups {
      let first = group * tilePixels
      let held = min(tilePixels, count - first)
      for slot in 0..<tilePixels {
        work.table[slot] = base &+ (first + min(slot, held - 1)) &* work.tileStride &* 4
      }
      prefetchNext(row, point, share: group, of: groups)
      multiplyTile(
        TileOperands(
          table: work.table, channels: steps + 2, segments: 1, weights: panelStart(row, point)),
        pixels: held, width: panel.width, target: work.sums, stride: panel.width)
      for slot in 0..<held {
        let tile = work.tiles[first + slot]
        copy(slot, work.tile(Int(tile.row), Int(tile.column)) + offset)
      }
    }
  }

  /// The products of the middle tap of a row of taps with all pixels.
  private func multiplyPixels(_ count: Int, row: Int) {
    let groups = (count + tilePixels - 1) / tilePixels
    for group in 0..<groups {
      let first = group * tilePixels
      let held = min(tilePixels, count - first)
      for slot in 0..<tilePixels {
        let position = work.pixels[first + min(slot, held - 1)]
        let (y, x) = (Int(position.row), Int(position.column))
        work.table[slot] = Int(bitPattern: inputs.0.pixel(y, x))
        if let second = inputs.1 {
          work.table[tableRow + slot] = Int(bitPattern: second.pixel(y, x))
        }
      }
      prefetchNext(row, TransformedUpsampling.points, share: group, of: groups)
      multiplyTile(
        TileOperands(
          table: work.table, channels: steps, segments: inputs.1 == nil ? 1 : 2,
          weights: panelStart(row, TransformedUpsampling.points)),
        pixels: held, width: panel.width, target: work.sums, stride: panel.width)
      for slot in 0..<held {
        let position = work.pixels[first + slot]
        copy(slot, work.column(Int(position.row), Int(position.column)) + row * 32)
      }
    }
  }

  @inline(__always)
  private func copy(_ slot: Int, _ target: UnsafeMutablePointer<Float>) {
    for half in stride(from: 0, to: panel.width, by: 16) {
      store16(load16(work.sums + slot * panel.width + half), target + half)
    }
  }

  /// Asks for a share of the weights that are read after these.
  @inline(__always)
  private func prefetchNext(_ row: Int, _ index: Int, share: Int, of shares: Int) {
    if row == 2 && index == TransformedUpsampling.points { return }
    let bytes = depth * panel.width * 4 / shares
    prefetch(Int(bitPattern: panelStart(row, index + 1)) + share * bytes, bytes)
  }
}
