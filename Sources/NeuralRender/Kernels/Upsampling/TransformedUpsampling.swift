// Bilinear x2 followed by a 3 x 3 convolution, with a quarter fewer products than
// `UpsampledConvolution`.
//
// Interpolation is zeros between the pixels, then a filter (1, 3, 3, 1) / 4 along each axis, and
// filters commute: so along a row the kernel meets the zeros first. That leaves one tap for every even
// position, t(2i) = w1 x(i), and two for every odd one, t(2i + 1) = w0 x(i) + w2 x(i + 1), which
// Winograd's F(4, 2) computes with 5 products for 4 positions. Then y(n) = (t(n - 2) + 3 t(n - 1)
// + 3 t(n) + t(n + 1)) / 4. Down the columns the three taps are blended as in `UpsampledConvolution`.
//
// Borders: the image repeats its edge, the convolution sees zeros beyond the doubled image. The even
// positions beyond an end equal the last inside it. The odd one before the first is w2 x(0), and w0 x(0)
// is what the first two results miss or have too much, by a quarter; the other end likewise. Both come
// from one more tile whose pixels are (0, x(0), 0, 0, 0).

import Compute

/// conv3x3(bilinear x2 (concatenation of one or two images)), for a list of pixels of the low
/// image; a low pixel (y, x) stands for outputs 2y, 2y + 1 and 2x, 2x + 1.
///
/// A pixel's bits do not depend on the pieces, the item or the thread that computes it.
public final class TransformedUpsampling: Sendable {
  /// Channels of the first and of the second input; the second is 0 where there is one input.
  public let parts: (Int, Int)
  /// [block][row of taps][five points, then the middle tap][channel][32].
  let weights: PackedWeights
  let segmentSteps: AlignedBuffer<Int>

  /// Low rows of an item, which computes the products of one row more above and below, and the most
  /// tiles of four low columns of one.
  static let rowsPerItem = 64
  static let tilesPerItem = 64
  /// Rows of products that are made together, so that a panel of weights meets many pixels.
  static let mostRowsAtOnce = 4
  /// The most tiles of all rows that are made together, two at the ends of each row included.
  static let mostTiles = 72
  static let points = FourByTwoLines.size
  /// Panels of weights of a row of taps.
  static let panels = points + 1

  /// - Parameters:
  ///   - weights: (outputs, parts.0 + parts.1, 3, 3), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pool: shares out the packing of the weights.
  public init(
    _ weights: UnsafePointer<Float>, outputs: Int, parts: (Int, Int), scale: [Float]? = nil,
    bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    precondition(parts.0 > 0 && parts.1 >= 0)
    self.parts = parts
    let depth = parts.0 + parts.1
    let packed = PackedWeights(
      outputs: outputs, depth: 3 * Self.panels * depth, scale: scale, bias: bias)
    let source = RowTapSource(
      weights: weights, depth: depth, rowStep: Self.panels * depth, panelStep: depth)
    if let pool {
      pool.run(packed.blocks) { block, _ in source.pack(block, into: packed) }
    } else {
      for block in 0..<packed.blocks { source.pack(block, into: packed) }
    }
    self.weights = packed
    // The images of a concatenation for the middle tap, all channels for the points.
    segmentSteps = AlignedBuffer(count: 3)
    segmentSteps[0] = parts.0
    segmentSteps[1] = parts.1
    segmentSteps[2] = depth
  }

  /// Low columns that a low pixel's results depend on, bit by bit: those of the tiles that its odd
  /// positions lie in, whether a tap meets them or not.
  static func columnsRead(_ x: Int) -> Range<Int> { (x + 3) / 4 * 4 - 4..<x / 4 * 4 + 5 }

  var depth: Int { parts.0 + parts.1 }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int { UpsamplingScratch.bytes(depth: depth) }

  private func strips(_ height: Int, _ width: Int) -> (rows: Int, columns: Int) {
    let columns = 4 * Self.tilesPerItem
    return ((height + Self.rowsPerItem - 1) / Self.rowsPerItem, (width + columns - 1) / columns)
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  public func itemCount(_ input: FeatureMap) -> Int {
    let (rows, columns) = strips(input.height, input.width)
    return rows * columns * weights.blocks
  }

  /// Computes an item: one block of outputs for the listed pixels in a rectangle.
  ///
  /// - Parameters:
  ///   - pieces: listed pixels of the low image.
  ///   - output: twice the inputs' height and width.
  public func run(
    item: Int, pieces: RowPieces, inputs: (FeatureMap, FeatureMap?), output: FeatureMap,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    let low = inputs.0
    let strips = strips(low.height, low.width)
    let block = item / (strips.rows * strips.columns)
    let rectangle = item % (strips.rows * strips.columns)
    let firstRow = rectangle / strips.columns * Self.rowsPerItem
    let endRow = min(firstRow + Self.rowsPerItem, low.height)
    let firstColumn = rectangle % strips.columns * 4 * Self.tilesPerItem
    let columns = firstColumn..<min(firstColumn + 4 * Self.tilesPerItem, low.width)
    if pieces.firstPiece(ofRow: firstRow) == pieces.firstPiece(ofRow: endRow) { return }
    let work = UpsamplingScratch(scratch, columns: columns, depth: depth)
    let panel = WeightPanel(
      values: UnsafeRawPointer(weights.block(block)), offsets: nil, scale: weights.scale(block),
      bias: weights.bias(block), columns: weights.columns(block), width: weights.width(block)
    ).with(epilogue.factors, block: block)
    let products = RowProducts(
      work: work, inputs: inputs, pieces: pieces, rows: firstRow..<endRow, panel: panel,
      steps: UnsafePointer(segmentSteps.pointer))
    let blend = UpsamplingBlend(
      work: work, low: low, panel: panel, block: block, writer: PixelWriter(output, epilogue))

    var done = max(firstRow - 1, 0)
    for y in firstRow..<endRow {
      while done <= min(y + 1, low.height - 1) {
        let end = min(done + work.rowsAtOnce, low.height, endRow + 1)
        products.compute(done..<end)
        done = end
      }
      let count = pieces.joined(
        rows: y..<y + 1, columns: columns, left: 0, right: 0, width: low.width, y: y,
        into: work.spans)
      for index in 0..<count { blend.finish(work.spans[index]) }
    }
  }
}

extension TransformedUpsampling: WindowReader {
  func rowsRead(_ y: Int) -> Range<Int> { y - 1..<y + 2 }
  func columnsRead(_ x: Int) -> Range<Int> { Self.columnsRead(x) }
}
