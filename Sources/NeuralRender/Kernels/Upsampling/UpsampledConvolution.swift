// Bilinear x2 followed by a 3 x 3 convolution, as matrix products at the low size.
//
// Mixing channels and interpolating commute, so conv(up(x)) is the sum over the nine taps of the
// shifted, upsampled products W_tap x: a quarter of the multiplications and no upsampled image. The
// nine products of three low rows are kept in the cache; every output is a blend of them with the
// weights 3/4 and 1/4, first over rows, then over columns, taps added on the way. Exact but for
// rounding.
//
// Matches PyTorch: interpolate(scale_factor=2, mode="bilinear", align_corners=False), then conv2d
// with padding 1: the upsampled image repeats its border, the convolution sees zeros beyond it.

import Compute

/// conv3x3(bilinear x2 (concatenation of one or two images)), for a list of pixels of the low
/// image; a low pixel (y, x) stands for outputs 2y, 2y + 1 and 2x, 2x + 1.
///
/// A pixel's bits do not depend on the pieces, the item or the thread that computes it.
public final class UpsampledConvolution: Sendable {
  /// Channels of the first and of the second input; the second is 0 where there is one input.
  public let parts: (Int, Int)
  let weights: ConvolutionWeights

  /// Low rows and columns of an item. An item computes the products of one row and column more on
  /// each side; the products of three such rows fit the second-level cache.
  static let rowsPerItem = 32
  static let columnsPerItem = 128

  private static let reach = columnsPerItem + 2
  private let segments: Int
  private let segmentSteps: AlignedBuffer<Int>

  /// - Parameters:
  ///   - weights: (outputs, parts.0 + parts.1, 3, 3), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  public convenience init(
    _ weights: UnsafePointer<Float>, outputs: Int, parts: (Int, Int), scale: [Float]? = nil,
    bias: [Float]? = nil
  ) {
    let packed = PackedWeights(
      convolution: weights, outputs: outputs, channels: parts.0 + parts.1, taps: 9, scale: scale,
      bias: bias)
    self.init(.floats(packed), parts: parts, steps: parts)
  }

  /// - Parameter steps: of products along the channels of each input.
  init(_ weights: ConvolutionWeights, parts: (Int, Int), steps: (Int, Int)) {
    precondition(parts.0 > 0 && parts.1 >= 0)
    self.weights = weights
    self.parts = parts
    segments = parts.1 > 0 ? 2 : 1
    segmentSteps = AlignedBuffer(count: 2)
    segmentSteps[0] = steps.0
    segmentSteps[1] = steps.1
  }

  /// Whether it reads bytes.
  var readsBytes: Bool { if case .bytes = weights { true } else { false } }

  /// Floats of the nine products of a row: [column][tap][32]; the last tile may write behind it.
  private static let rowCount = (reach + tilePixels) * 9 * 32
  /// Floats of two output rows blended over rows, with a column more on each side.
  private static let blendCount = 2 * reach * 3 * 32

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    let floats = 3 * Self.rowCount + Self.blendCount + 2 * Self.columnsPerItem * 32
    let words = segments * tableRow + 6 * Self.columnsPerItem
    return
      (floats * 4 + words * 8 + 2 * MemoryLayout<RunSegment>.stride
      + 3 * Self.reach * MemoryLayout<RowPiece>.stride + 63) & ~63
  }

  private func strips(_ height: Int, _ width: Int) -> (rows: Int, columns: Int) {
    (
      (height + Self.rowsPerItem - 1) / Self.rowsPerItem,
      (width + Self.columnsPerItem - 1) / Self.columnsPerItem
    )
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  public func itemCount(_ input: FeatureMap) -> Int { itemCount(input.height, input.width) }

  func itemCount(_ height: Int, _ width: Int) -> Int {
    let (rows, columns) = strips(height, width)
    return rows * columns * weights.blocks
  }

  /// Computes an item: one block of outputs for the listed pixels in a rectangle.
  ///
  /// - Parameters:
  ///   - pieces: listed pixels of the low image.
  ///   - output: twice the inputs' height and width.
  public func run(
    item: Int, pieces: RowPieces, inputs: (FeatureMap, FeatureMap?), output: FeatureMap?,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    run(
      item: item, pieces: pieces, sources: (PixelSource(inputs.0), inputs.1.map(PixelSource.init)),
      output: output, epilogue: epilogue, scratch: scratch)
  }

  /// The same of images of the kind of the weights.
  func run(
    item: Int, pieces: RowPieces, sources: (PixelSource, PixelSource?), output: FeatureMap?,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    let low = sources.0
    let strips = strips(low.height, low.width)
    let block = item / (strips.rows * strips.columns)
    let rectangle = item % (strips.rows * strips.columns)
    let firstRow = rectangle / strips.columns * Self.rowsPerItem
    let endRow = min(firstRow + Self.rowsPerItem, low.height)
    let firstColumn = rectangle % strips.columns * Self.columnsPerItem
    let columns = firstColumn..<min(firstColumn + Self.columnsPerItem, low.width)
    if pieces.firstPiece(ofRow: firstRow) == pieces.firstPiece(ofRow: endRow) { return }

    var scratch = ScratchPieces(scratch)
    let ring = scratch.take(Float.self, 3 * Self.rowCount)
    let blend = scratch.take(Float.self, Self.blendCount)
    let sums = scratch.take(Float.self, 2 * Self.columnsPerItem * 32)
    let table = scratch.take(Int.self, segments * tableRow)
    let targets = scratch.take(Int.self, 6 * Self.columnsPerItem)
    let runs = scratch.take(RunSegment.self, 2)
    let spans = scratch.take(RowPiece.self, 3 * Self.reach)
    let panel = weights.panel(block).with(epilogue.factors, block: block)
    // Column firstColumn - 1 is the first of a row of products.
    let origin = firstColumn - 1

    var done = max(firstRow - 1, 0)
    for y in firstRow..<endRow {
      while done <= min(y + 1, low.height - 1) {
        let count = pieces.joined(
          rows: max(done - 1, firstRow)..<min(done + 2, endRow), columns: columns, left: 1,
          right: 1, width: low.width, y: done, into: spans)
        for index in 0..<count {
          let target = ring + done % 3 * Self.rowCount + (Int(spans[index].x0) - origin) * 288
          multiplyRow(spans[index], panel, sources, target, table, runs)
        }
        done += 1
      }
      let rows = (
        UnsafePointer(ring + max(y - 1, 0) % 3 * Self.rowCount),
        UnsafePointer(ring + y % 3 * Self.rowCount),
        UnsafePointer(ring + min(y + 1, low.height - 1) % 3 * Self.rowCount)
      )
      let count = pieces.joined(
        rows: y..<y + 1, columns: columns, left: 0, right: 0, width: low.width, y: y, into: spans)
      for index in 0..<count {
        finishPiece(
          spans[index], origin, rows, (low.height, low.width), panel, block, output, epilogue,
          blend, sums, targets)
      }
    }
  }

  /// The nine products of a span of a low row, tap by tap for the same pixels: their channels stay in the
  /// first-level cache, the weights come in order.
  private func multiplyRow(
    _ span: RowPiece, _ panel: WeightPanel, _ sources: (PixelSource, PixelSource?),
    _ target: UnsafeMutablePointer<Float>, _ table: UnsafeMutablePointer<Int>,
    _ runs: UnsafeMutablePointer<RunSegment>
  ) {
    let length = span.length
    let y = Int(span.y)
    let steps = segmentSteps[0] + segmentSteps[1]
    let takesRuns = panel.takesRuns && length >= tilePixels
    for group in stride(from: 0, to: length, by: tilePixels) {
      let pixels = min(tilePixels, length - group)
      if takesRuns && pixels > 8 {
        // A last tile overlaps the one before it.
        let first = min(group, length - tilePixels)
        let x = Int(span.x0) + first
        runs[0] = RunSegment(sources.0, y, x, groups: segmentSteps[0])
        if let second = sources.1 {
          runs[1] = RunSegment(second, y, x, groups: segmentSteps[1])
        }
        for tap in 0..<9 {
          let panel = panel.tap(tap, steps: steps)
          guard let offsets = panel.offsets else { continue }
          multiplyRunTile(
            runs, count: segments, weights: panel.values, offsets: offsets,
            target: target + first * 288 + tap * 32, stride: 288)
        }
        continue
      }
      for slot in 0..<tilePixels {
        let x = Int(span.x0) + min(group + slot, length - 1)
        table[slot] = sources.0.address(y, x)
        if let second = sources.1 { table[tableRow + slot] = second.address(y, x) }
      }
      for tap in 0..<9 {
        multiplyTile(
          panel.tap(tap, steps: steps), table: table, steps: segmentSteps.pointer,
          segments: segments, pixels: pixels, target: target + group * 288 + tap * 32,
          stride: 288)
      }
    }
  }

  /// Blends a span's products into four outputs a low pixel and writes them.
  private func finishPiece(
    _ span: RowPiece, _ origin: Int,
    _ rows: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>),
    _ low: (height: Int, width: Int), _ panel: WeightPanel, _ block: Int, _ output: FeatureMap?,
    _ epilogue: Epilogue, _ blend: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>, _ targets: UnsafeMutablePointer<Int>
  ) {
    let y = Int(span.y)
    let length = span.length
    let width = panel.width
    // Columns x0 - 1 ... x1 of the image; columns beyond it repeat the edge.
    for column in -1...length {
      let x = min(max(Int(span.x0) + column, 0), low.width - 1)
      let offset = (x - origin) * 288
      blendRows(
        (rows.0 + offset, rows.1 + offset, rows.2 + offset), width,
        top: y == 0, bottom: y == low.height - 1, blend + (column + 1) * 96)
    }
    let residuals = targets + 2 * Self.columnsPerItem
    let byteTargets = targets + 4 * Self.columnsPerItem
    for row in 0..<2 {
      let source = blend + row * Self.reach * 96
      for column in 0..<length {
        let x = Int(span.x0) + column
        blendColumns(
          source + column * 96, width, left: x == 0, right: x == low.width - 1,
          sums + 2 * column * width)
      }
      let columns = 2 * Int(span.x0)..<2 * Int(span.x1)
      if let output { fill(targets, output, 2 * y + row, columns, 32 * block) }
      if let residual = epilogue.residual {
        fill(residuals, residual, 2 * y + row, columns, 32 * block)
      }
      if let bytes = epilogue.bytes {
        for (slot, x) in columns.enumerated() {
          byteTargets[slot] = Int(bitPattern: bytes.map.pixel(2 * y + row, x) + 32 * block)
        }
      }
      finish(
        rows: 2 * length, sums: sums, stride: width, columns: panel.columns,
        scale: panel.scale, bias: panel.bias, activation: epilogue.activation,
        targets: output == nil ? nil : targets,
        residuals: epilogue.residual == nil ? nil : UnsafePointer(residuals),
        bytes: epilogue.bytes.map { ByteTargets(byteTargets, $0.scaling, block: block) })
    }
  }

  @inline(__always)
  private func fill(
    _ slots: UnsafeMutablePointer<Int>, _ map: FeatureMap, _ y: Int, _ columns: Range<Int>,
    _ channel: Int
  ) {
    for (slot, x) in columns.enumerated() {
      slots[slot] = Int(bitPattern: map.pixel(y, x) + channel)
    }
  }

  /// From three low rows [ky][kx][32] to the two output rows between them, [row][kx][32].
  @inline(__always)
  private func blendRows(
    _ rows: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>), _ width: Int,
    top: Bool, bottom: Bool, _ target: UnsafeMutablePointer<Float>
  ) {
    for kx in 0..<3 {
      for half in stride(from: kx * 32, to: kx * 32 + width, by: 16) {
        let (even, odd) = blended(
          rows.0 + half, rows.1 + half, rows.2 + half, tap: 96, first: top, last: bottom)
        store16(even, target + half)
        store16(odd, target + Self.reach * 96 + half)
      }
    }
  }

  /// From three low columns [kx][32] to the two output columns between them.
  @inline(__always)
  private func blendColumns(
    _ source: UnsafePointer<Float>, _ width: Int, left: Bool, right: Bool,
    _ target: UnsafeMutablePointer<Float>
  ) {
    for half in stride(from: 0, to: width, by: 16) {
      let (even, odd) = blended(
        source + half, source + 96 + half, source + 192 + half, tap: 32, first: left, last: right)
      store16(even, target + half)
      store16(odd, target + width + half)
    }
  }
}

extension UpsampledConvolution: WindowReader {
  func rowsRead(_ y: Int) -> Range<Int> { y - 1..<y + 2 }
  func columnsRead(_ x: Int) -> Range<Int> { x - 1..<x + 2 }
}
