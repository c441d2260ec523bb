// Winograd's first step: tiles of the input to points.

import Compute

extension WinogradConvolution {
  /// A transformed line of tiles in one direction, and a tile at the border as a dense image.
  var transformBytes: Int { points * 64 + points * channels * 4 }

  public func transformItemCount(_ inputTiles: RowPieces) -> Int {
    (inputTiles.pixelCount + Self.tilesPerTransform - 1) / Self.tilesPerTransform
  }

  /// Transforms a few tiles of the input into `transformed`.
  public func transform(
    item: Int, inputTiles: RowPieces, input: FeatureMap,
    transformed: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    let first = item * Self.tilesPerTransform
    let end = min(first + Self.tilesPerTransform, inputTiles.pixelCount)
    let stride = pointStride(inputTiles)
    let half = scratch.assumingMemoryBound(to: Float.self)
    let patch = FeatureMap(
      half + points * 16, height: size, width: size, channels: channels,
      pixelStride: channels)
    var piece = inputTiles.piece(containing: first)
    for tile in first..<end {
      while tile >= Int(inputTiles.pieces[piece].start) + inputTiles.pieces[piece].length {
        piece += 1
      }
      let found = inputTiles.pieces[piece]
      let y = Int(found.y) * 4 - shape.padding
      let x = (Int(found.x0) + tile - Int(found.start)) * 4 - shape.padding
      var source = patch
      if y >= 0 && x >= 0 && y + size <= input.height && x + size <= input.width {
        source = input
        source.base = input.pixel(y, x)
      } else {
        copyBorder(y, x, input, patch)
      }
      let target = transformed + tile * tileStride
      if size == FourByThreeLines.size {
        transformTile(FourByThreeLines.self, source, half, target, stride)
      } else {
        transformTile(FourByFourLines.self, source, half, target, stride)
      }
    }
  }

  /// Copies a tile that leaves the image, border pixels repeated, mirrored or zero.
  @inline(never)
  private func copyBorder(_ y: Int, _ x: Int, _ input: FeatureMap, _ patch: FeatureMap) {
    for i in 0..<size {
      let row = borderIndex(y + i, count: input.height, border: shape.border)
      for j in 0..<size {
        let column = borderIndex(x + j, count: input.width, border: shape.border)
        // Tiles may reach farther than the padding; what lies there meets no tap of a pixel in the
        // image.
        if let row, let column, row >= 0, row < input.height, column >= 0, column < input.width {
          patch.pixel(i, j).update(from: input.pixel(row, column), count: channels)
        } else {
          patch.pixel(i, j).update(repeating: 0, count: channels)
        }
      }
    }
  }

  /// Transforms the tile at the first pixel of `source`: columns into `half`, then rows.
  @inline(__always)
  private func transformTile<Lines: WinogradLines>(
    _: Lines.Type, _ source: FeatureMap, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    for channel in Swift.stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - channel)
      for j in 0..<Lines.size {
        let column = source.pixel(0, j) + channel
        Lines.transform(
          { i in loadFirst16(column + i * source.rowStride, count) },
          { i, value in store16(value, half + (i * Lines.size + j) * 16) })
      }
      for i in 0..<Lines.size {
        Lines.transform(
          { j in load16(half + (i * Lines.size + j) * 16) },
          { j, value in
            storeFirst16(value, target + (i * Lines.size + j) * stride + channel, count)
          })
      }
    }
  }
}
