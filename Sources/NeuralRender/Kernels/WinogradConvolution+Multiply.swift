// Winograd's second and third step: the products of every point, and the way back to pixels.

import Compute

extension WinogradConvolution {
  private static var groups: Int { tilesPerItem / tilePixels }

  var multiplyBytes: Int {
    let slots = splits * splits * Self.groups * tableRow
    return (slots + 2 * Self.tilesPerItem) * 8 + (points * Self.tilesPerItem * 64 + points * 16) * 4
  }

  private var outputGroups: Int { (outputs + 63) / 64 }

  public func multiplyItemCount(_ outputTiles: RowPieces) -> Int {
    (outputTiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem * outputGroups
  }

  /// Computes up to 64 outputs of some tiles from the transformed input.
  public func multiply(
    item: Int, outputTiles: RowPieces, inputTiles: RowPieces,
    transformed: UnsafePointer<Float>, output: FeatureMap, epilogue: Epilogue,
    scratch: UnsafeMutableRawPointer
  ) {
    let chunks = (outputTiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem
    let first = item % chunks * Self.tilesPerItem
    let tiles = min(Self.tilesPerItem, outputTiles.pixelCount - first)
    let group = item / chunks
    // Scratch: products, transforms, slots, coordinates.
    let products = scratch.assumingMemoryBound(to: Float.self)
    let half = products + points * Self.tilesPerItem * 64
    let slots = UnsafeMutableRawPointer(half + points * 16).assumingMemoryBound(to: Int.self)
    let coordinates = slots + splits * splits * Self.groups * tableRow
    locate(first, tiles, outputTiles, inputTiles, slots, coordinates)

    let stride = pointStride(inputTiles)
    let vectors = weights.outputs
    let blocks = 2 * group..<min(2 * group + 2, vectors.blocks)
    for point in 0..<points {
      multiplyPoint(
        point, tiles, blocks, Int(bitPattern: transformed + point * stride), stride * 4, slots,
        vectors, products + point * Self.tilesPerItem * 64)
    }
    for block in blocks {
      for tile in 0..<tiles {
        let sums = products + tile * 64 + 32 * (block & 1)
        let y = coordinates[2 * tile] * 4
        let x = coordinates[2 * tile + 1] * 4
        if size == FourByThreeLines.size {
          finishTile(FourByThreeLines.self, sums, y, x, block, vectors, output, epilogue, half)
        } else {
          finishTile(FourByFourLines.self, sums, y, x, block, vectors, output, epilogue, half)
        }
      }
    }
  }

  /// The products of one point: [tile][64].
  @inline(__always)
  private func multiplyPoint(
    _ point: Int, _ tiles: Int, _ blocks: Range<Int>, _ base: Int, _ pointBytes: Int,
    _ slots: UnsafePointer<Int>, _ vectors: PackedWeights, _ products: UnsafeMutablePointer<Float>
  ) {
    let parts = weights.parts(point)
    let depth = parts.down * parts.across * channels
    let panel = weights.panel(point)
    // While a point is multiplied, each group of tiles asks for its share of what the next one reads.
    let isLast = point + 1 == points
    let next = weights.parts(isLast ? point : point + 1)
    let panelBytes = 32 * 4 * next.down * next.across * channels
    let panelStart =
      Int(bitPattern: weights.panel(isLast ? point : point + 1)) + panelBytes * blocks.lowerBound
    let panelShare = panelBytes * blocks.count / ((tiles + tilePixels - 1) / tilePixels)
    for start in Swift.stride(from: 0, to: tiles, by: tilePixels) {
      let places = slots + splits * splits * (start / tilePixels) * tableRow
      if !isLast {
        prefetch(panelStart + panelShare * (start / tilePixels), panelShare)
        for part in Swift.stride(from: 0, to: splits * splits, by: 2) {
          for slot in 0..<tilePixels {
            prefetch(base + pointBytes + places[part * tableRow + slot], channels * 4)
          }
        }
      }
      for block in blocks {
        multiplyTile(
          TileOperands(
            table: places, offset: base,
            tableStep: parts.across < splits ? splits * tableRow : tableRow,
            channels: segmentChannels.pointer, segments: parts.down * parts.across,
            weights: panel + 32 * block * depth),
          pixels: min(tilePixels, tiles - start), width: vectors.width(block),
          target: products + start * 64 + 32 * (block & 1), stride: 64)
      }
    }
  }

  /// Finds a chunk of output tiles: their coordinates and, for each part, the byte offset of the
  /// input tile that it reads, [group of 12][part][16 slots].
  private func locate(
    _ first: Int, _ tiles: Int, _ outputTiles: RowPieces, _ inputTiles: RowPieces,
    _ slots: UnsafeMutablePointer<Int>, _ coordinates: UnsafeMutablePointer<Int>
  ) {
    let parts = splits * splits
    var piece = outputTiles.piece(containing: first)
    for tile in 0..<tiles {
      while first + tile >= Int(outputTiles.pieces[piece].start) + outputTiles.pieces[piece].length
      {
        piece += 1
      }
      let found = outputTiles.pieces[piece]
      let y = Int(found.y)
      let x = Int(found.x0) + first + tile - Int(found.start)
      coordinates[2 * tile] = y
      coordinates[2 * tile + 1] = x
      for part in 0..<parts {
        let index =
          splits == 1
          ? first + tile : inputTiles.index(y: y + part / splits, x: x + part % splits)
        let place = ((tile / tilePixels) * parts + part) * tableRow + tile % tilePixels
        slots[place] = index * tileStride * 4
      }
    }
    for tile in tiles..<(tiles + tilePixels - 1) / tilePixels * tilePixels {
      for part in 0..<parts {
        let row = ((tile / tilePixels) * parts + part) * tableRow
        slots[row + tile % tilePixels] = slots[row]
      }
    }
  }

  /// Transforms the products of a tile and a block back and writes its pixels.
  @inline(__always)
  private func finishTile<Lines: WinogradLines>(
    _: Lines.Type, _ sums: UnsafePointer<Float>, _ y: Int, _ x: Int, _ block: Int,
    _ vectors: PackedWeights, _ output: FeatureMap, _ epilogue: Epilogue,
    _ half: UnsafeMutablePointer<Float>
  ) {
    let pointStride = Self.tilesPerItem * 64
    let rows = min(4, output.height - y)
    let columns = min(4, output.width - x)
    let writer = PixelWriter(output, epilogue)
    for column in Swift.stride(from: 0, to: vectors.columns(block), by: 16) {
      let count = min(16, vectors.columns(block) - column)
      let first = 32 * block + column
      let channel = ChannelEpilogue(
        scale: vectors.scale(block) + column, bias: vectors.bias(block) + column)
      for j in 0..<Lines.size {
        let line = sums + (j * pointStride + column)
        Lines.restore(
          { i in load16(line + i * Lines.size * pointStride) },
          { i, value in store16(value, half + (i * Lines.size + j) * 16) })
      }
      for i in 0..<rows {
        Lines.restore(
          { j in load16(half + (i * Lines.size + j) * 16) },
          { j, value in
            if j < columns { writer.write(value, channel, y + i, x + j, first, count) }
          })
      }
    }
  }
}
