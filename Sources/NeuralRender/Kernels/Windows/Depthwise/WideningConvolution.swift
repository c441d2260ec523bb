// A convolution that makes channels, and a filter of each of them, channels last: thirty-two channels at a
// time, so that what lies between stays in the cache.

import Compute

/// A convolution followed by a depthwise one that reads nothing else.
///
/// Its bits are those of the two on their own.
struct WideningConvolution: Sendable {
  private let wide: WideningProduct
  /// Of the image between, without borders.
  private let size: ImageSize
  /// Columns of zeros at its left, and of both borders together, so that no filter meets an end.
  private let before: Int
  private let width: Int
  /// Filters of each block of channels.
  private let filters: [DepthwiseConvolution]
  private let output: ImageSize
  /// Where the pixels of rows that are made at once lie, from the first row's border on.
  private let places: KernelTable<Int32>
  /// Rows between that a worker's scratch holds.
  private let rowsHeld: Int
  /// Output rows that one piece of work computes.
  private let rowsPerItem: Int

  /// Channels of a block.
  static let blockWidth = 32
  /// Pixels between that are made at once: with the weights they fit the first-level cache.
  private static let pixelsAtOnce = 84
  /// Pieces of work that can be shared out evenly.
  private static let leastItems = 8

  /// - Parameters:
  ///   - size: of the wide convolution's output.
  ///   - filters: (channels, 1, kernelHeight, kernelWidth), PyTorch's order.
  ///   - shape: of the filters; borders are zero.
  init(
    _ wide: WideningProduct, size: ImageSize, filters: UnsafePointer<Float>, shape: WindowShape,
    output: ImageSize, scale: [Float],
    bias: [Float], filterActivation: Activation
  ) {
    self.wide = wide
    self.size = size
    self.output = output
    before = shape.left
    let last = (output.width - 1) * shape.stride + shape.dilation * (shape.kernelWidth - 1)
    let width = max(last + 1, before + size.width)
    self.width = width
    var inside = shape
    inside.left = 0
    let channels = scale.count
    self.filters = stride(from: 0, to: channels, by: Self.blockWidth).map { first in
      let block = first..<min(first + Self.blockWidth, channels)
      return DepthwiseConvolution(
        filters + first * shape.taps, channels: block.count, shape: inside,
        input: ImageSize(height: size.height, width: width), output: output,
        scale: Array(scale[block]), bias: Array(bias[block]),
        activation: filterActivation, isCached: true)
    }
    let reach = shape.dilation * (shape.kernelHeight - 1) + 1
    rowsHeld = min(reach + Self.rowsAtOnce(size), size.height)
    let before = before
    places = KernelTable(count: Self.rowsAtOnce(size) * size.width) { pixel in
      let (y, x) = pixel.quotientAndRemainder(dividingBy: size.width)
      return Int32(y * width + before + x)
    }
    // Rows at the end of a piece are made twice: as few pieces as threads need.
    let bands = (Self.leastItems + self.filters.count - 1) / self.filters.count
    rowsPerItem = max((output.height + bands - 1) / bands, min(4 * reach, output.height), 1)
  }

  /// Rows between that are made at once.
  private static func rowsAtOnce(_ size: ImageSize) -> Int {
    (pixelsAtOnce + size.width - 1) / size.width
  }

  var scratchBytes: Int {
    heldBytes + piecesBytes + wide.scratchBytes
  }

  /// Scratch for the rows between, and for lists of them; multiples of 64.
  private var heldBytes: Int { (rowsHeld * width * Self.blockWidth * 4 + 127) & ~63 }
  private var piecesBytes: Int {
    (Self.rowsAtOnce(size) * MemoryLayout<RowPiece>.stride + 63) & ~63
  }

  /// The rows of the input that an output row reads, before border handling.
  func rowsRead(_ y: Int) -> Range<Int> {
    let rows = rowsBetween(y)
    return wide.rowsRead(rows.lowerBound)
      .lowerBound..<wide.rowsRead(rows.upperBound - 1).upperBound
  }

  private func rowsBetween(_ y: Int) -> Range<Int> {
    let rows = filters[0].rowsRead(y)
    let first = min(max(rows.lowerBound, 0), size.height - 1)
    return first..<min(max(rows.upperBound, first + 1), size.height)
  }

  /// Pieces of work for `run`.
  ///
  /// - Parameter rows: how many output rows are to be computed.
  func itemCount(rows: Int) -> Int { (rows + rowsPerItem - 1) / rowsPerItem * filters.count }

  /// Computes a block of channels of some of the output rows that `rows` lists.
  func run(
    item: Int, rows: RowPieces, input: FeatureMap, output: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    let (band, block) = item.quotientAndRemainder(dividingBy: filters.count)
    let filter = filters[block]
    let target = output.slice(from: Self.blockWidth * block, count: filter.channels)
    let rowFloats = width * filter.channels
    let held = scratch.assumingMemoryBound(to: Float.self)
    let rest = scratch + heldBytes
    if width > size.width { held.update(repeating: 0, count: rowsHeld * rowFloats) }
    // Rows first ..< end lie at `held`.
    var (first, end) = (0, 0)
    for index in band * rowsPerItem..<min((band + 1) * rowsPerItem, rows.count) {
      let y = Int(rows.pieces[index].y)
      let needed = rowsBetween(y)
      if needed.lowerBound >= end { (first, end) = (needed.lowerBound, needed.lowerBound) }
      while end < needed.upperBound {
        let more = min(end + Self.rowsAtOnce(size), size.height)
        if more - first > rowsHeld {
          let kept = min(needed.lowerBound, end)
          held.update(from: held + (kept - first) * rowFloats, count: (end - kept) * rowFloats)
          first = kept
        }
        widen(end..<more, block, input, between(held, first, filter), rest)
        end = more
      }
      filter.row(y, 0..<self.output.width, from: between(held, first, filter), to: target)
    }
  }

  /// The image between, of which the rows from `first` on lie at `held`.
  private func between(
    _ held: UnsafeMutablePointer<Float>, _ first: Int, _ filter: DepthwiseConvolution
  ) -> FeatureMap {
    FeatureMap(
      held - first * width * filter.channels, height: size.height, width: width,
      channels: filter.channels)
  }

  /// Makes a block of channels of some rows.
  private func widen(
    _ rows: Range<Int>, _ block: Int, _ input: FeatureMap, _ target: FeatureMap,
    _ scratch: UnsafeMutableRawPointer
  ) {
    switch wide {
    case .pointwise(let products, let activation):
      products[block].run(
        PixelRun(
          source: input.pixel(rows.lowerBound, 0), step: input.pixelStride,
          count: rows.count * size.width, target: target.pixel(rows.lowerBound, 0),
          places: ListedPlaces(list: places.pointer, step: target.channels)),
        activation: activation)
    case .patches(let convolution):
      var inner = target
      inner.base += before * target.channels
      for y in rows {
        convolution.row(y, 0..<size.width, from: input, to: inner, scratch: scratch + piecesBytes)
      }
    case .direct(let convolution, let activation):
      let pieces = scratch.assumingMemoryBound(to: RowPiece.self)
      var count = 0
      for y in rows {
        pieces[count] = RowPiece(
          y: Int32(y), x0: 0, x1: Int32(size.width), start: Int32(count * size.width))
        count += 1
      }
      // The convolution counts channels from its first block on.
      var inner = target
      inner.base += before * target.channels - Self.blockWidth * block
      let list = RowPieces(pieces, count: count)
      for item in 0..<convolution.itemCount(list) / filters.count {
        convolution.run(
          item: item * filters.count + block, pieces: list, inputs: (input, nil), output: inner,
          epilogue: Epilogue(activation: activation), scratch: scratch + piecesBytes)
      }
    }
  }
}
