// Convolutions of bytes with few outputs, in runs of neighbours of a row.

import CSIMD
import Compute

extension DirectConvolution {
  /// Where a worker keeps what it needs for row tiles.
  private struct RowScratch {
    /// An address a row of taps.
    let rows: UnsafeMutablePointer<Int>
    /// Addresses of results: floats, residuals, bytes, each [24].
    let slots: UnsafeMutablePointer<Int>
    let sums: UnsafeMutablePointer<Float>
    /// [row of taps][24 + kernelWidth - 1 pixels], borders resolved: words of four channels.
    let window: UnsafeMutableRawPointer

    init(_ memory: UnsafeMutableRawPointer, kernelHeight: Int, windowWords: Int) {
      var pieces = ScratchPieces(memory)
      rows = pieces.take(Int.self, (kernelHeight + 7) & ~7)
      slots = pieces.take(Int.self, 3 * rowTilePixels)
      sums = pieces.take(Float.self, rowTilePixels * 16)
      window = UnsafeMutableRawPointer(pieces.take(Int32.self, kernelHeight * windowWords))
    }
  }

  /// Pixels that a row of a tile reads.
  private var windowPixels: Int { rowTilePixels + shape.kernelWidth - 1 }

  /// Bytes of scratch for row tiles of pixels of so many bytes.
  func rowScratchBytes(pixelBytes: Int) -> Int {
    let words = (shape.kernelHeight + 7) & ~7 + 3 * rowTilePixels
    let window = shape.kernelHeight * windowPixels * pixelBytes
    return (words * 8 + rowTilePixels * 16 * 4 + window + 63) & ~63
  }

  /// Computes an item's pixels in row tiles.
  func runRows(
    item: Int, pieces: RowPieces, source: PixelSource, weights: QuantizedWeights,
    output: FeatureMap?, epilogue: Epilogue, scratch memory: UnsafeMutableRawPointer
  ) {
    let scratch = RowScratch(
      memory, kernelHeight: shape.kernelHeight, windowWords: windowPixels * weights.groups.0)
    let panel = weights.panel(0)
    guard let offsets = panel.offsets else { return }
    let kernel = RowTileKernel(
      height: shape.kernelHeight, width: shape.kernelWidth, groups: weights.groups.0,
      weights: panel.values.assumingMemoryBound(to: Int32.self), offsets: offsets)
    let bytes = epilogue.bytes.map {
      ByteTargets(scratch.slots + 2 * rowTilePixels, $0.scaling, block: 0)
    }
    let targets = output.map(PixelSource.init)
    let residuals = epilogue.residual.map(PixelSource.init)
    let byteTargets = epilogue.bytes.map { PixelSource($0.map) }
    pieces.forEachPart(item, of: pixelsPerItem) { y, columns in
      for x in stride(from: columns.lowerBound, to: columns.upperBound, by: rowTilePixels) {
        let tile = find(y, x, source, weights, scratch)
        multiplyRowTile(kernel, tile, target: scratch.sums)
        if let targets { fill(scratch.slots, targets, y, x) }
        if let residuals { fill(scratch.slots + rowTilePixels, residuals, y, x) }
        if let byteTargets { fill(scratch.slots + 2 * rowTilePixels, byteTargets, y, x) }
        finish(
          rows: min(rowTilePixels, columns.upperBound - x), sums: scratch.sums, stride: 16,
          columns: panel.columns, scale: panel.scale, bias: panel.bias,
          activation: epilogue.activation,
          targets: targets == nil ? nil : UnsafePointer(scratch.slots),
          residuals: residuals == nil ? nil : UnsafePointer(scratch.slots + rowTilePixels),
          bytes: bytes)
      }
    }
  }

  @inline(__always)
  private func fill(
    _ slots: UnsafeMutablePointer<Int>, _ pixels: PixelSource, _ y: Int, _ x: Int
  ) {
    let start = pixels.address(y, x)
    for slot in 0..<rowTilePixels { slots[slot] = start &+ slot &* pixels.pixelBytes }
  }

  /// Where the pixels of a tile lie: in the image, or copied where borders are met.
  @inline(__always)
  private func find(
    _ y: Int, _ x: Int, _ source: PixelSource, _ weights: QuantizedWeights, _ scratch: RowScratch
  ) -> RowTileSource {
    let (top, left) = (y - shape.top, x - shape.left)
    guard top >= 0, top + shape.kernelHeight <= source.height, left >= 0,
      left + windowPixels <= source.width
    else {
      return window(top, left, source, weights, scratch)
    }
    for ky in 0..<shape.kernelHeight { scratch.rows[ky] = source.address(top + ky, left) }
    return RowTileSource(rows: scratch.rows, step: source.pixelBytes)
  }

  @inline(never)
  private func window(
    _ top: Int, _ left: Int, _ source: PixelSource, _ weights: QuantizedWeights,
    _ scratch: RowScratch
  ) -> RowTileSource {
    let bytes = 4 * weights.groups.0
    for ky in 0..<shape.kernelHeight {
      let row = scratch.window + ky * windowPixels * bytes
      scratch.rows[ky] = Int(bitPattern: row)
      let y = borderIndex(top + ky, count: source.height, border: shape.border)
      for column in 0..<windowPixels {
        // Behind the last pixel that counts anything will do.
        let x = borderIndex(
          min(left + column, source.width - 1 + shape.left), count: source.width,
          border: shape.border)
        var from = weights.border(0)
        if let y, let x, let pixel = UnsafeRawPointer(bitPattern: source.address(y, x)) {
          from = pixel
        }
        (row + column * bytes).copyMemory(from: from, byteCount: bytes)
      }
    }
    return RowTileSource(rows: scratch.rows, step: bytes)
  }
}
