// Stride-1 convolution with 3 x 3 kernels by Winograd's F(4, 3) down and F(2, 3) across, in whole numbers of 16
// bits, whose weights stay as they are: for layers whose weights are most of what is read.
//
// F(4, 3) across as well would save a quarter of the products and take 8 decibels more from the weights. Two
// stages: tiles of the input are transformed and rounded, a stretch of channels at a point with a scale of its
// own; then for 32 outputs and some tiles, stretch by stretch, the weights are transformed (`ShortFilters`) and
// multiplied, sums added as floats, and at the end transformed back with the epilogue.

import CSIMD
import Compute

/// A convolution over a list of 4 x 4 output tiles, each two rows of the products; see `ThreeTapWinograd` for the
/// grid.
final class CompactShortWinograd: Sendable {
  let shape: ConvolutionShape
  let channels: Int
  let outputs: Int
  let enlargement: Enlargement
  let weights: ShortFilters

  /// What a list of tiles goes through: all items of one stage before the next.
  enum Stage: CaseIterable, Sendable { case transform, multiply }

  /// Tiles of an item that is transformed.
  static let tilesPerTransform = 2
  /// Tiles whose products stay in the second-level cache beside a stretch of weights and of the input.
  static let tilesPerItem = 16
  static let points = ShortFilters.points
  /// Words of a row of a stretch.
  static let rowWords = ShortRows.stride(ShortFilters.stretch)
  /// Floats between the products of two points; no power of two.
  static let productStride = 2 * tilesPerItem * 32 + 16

  /// - Parameters: as `ShortWinograd`'s.
  /// - Returns: nil for weights that rounding would take too much from.
  init?(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    enlargement: Enlargement = .none, scale: [Float], bias: [Float], pool: WorkerPool
  ) {
    precondition(ThreeTapWinograd.supports(shape))
    guard
      let weights = ShortFilters(
        weights, outputs: outputs, channels: channels, scale: scale, bias: bias, pool: pool)
    else { return nil }
    self.weights = weights
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    self.enlargement = enlargement
  }

  /// Words of a stretch's rows at a point; not of the cache's size.
  func pointStride(_ tiles: RowPieces) -> Int {
    (2 * tiles.pixelCount + ShortPanel.rowsBehind) * Self.rowWords + 16
  }

  /// Floats of the scales of a stretch's rows at a point.
  func scaleStride(_ tiles: RowPieces) -> Int { (2 * tiles.pixelCount + 15) & ~15 }

  /// Where a stretch of channels lies: [stretch][point][row][word], and its scales behind all of them.
  func rows(
    _ stretch: Int, _ tiles: RowPieces, _ shared: UnsafeMutablePointer<Float>
  ) -> (words: UnsafeMutablePointer<Int32>, inverses: UnsafeMutablePointer<Float>) {
    var pieces = ScratchPieces(UnsafeMutableRawPointer(shared))
    let all = weights.stretches * Self.points
    let words = pieces.take(Int32.self, all * pointStride(tiles))
    let inverses = pieces.take(Float.self, all * scaleStride(tiles))
    let first = stretch * Self.points
    return (words + first * pointStride(tiles), inverses + first * scaleStride(tiles))
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int {
    let transform = 36 * 16 + Self.points * ShortFilters.stretch + 36 * ((channels + 15) & ~15)
    let products =
      16 * 16 + ShortPanel.sumWords + ShortFilters.transformedCount + Self.points
      * Self.productStride
    return max(transform, products) * 4
  }

  /// Computes an item of a stage.
  ///
  /// - Parameter shared: `sharedCount` floats.
  func run(
    _ stage: Stage, item: Int, tiles: RowPieces, input: FeatureMap, output: FeatureMap,
    epilogue: Epilogue, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    switch stage {
    case .transform: transform(item, tiles, input, shared, scratch)
    case .multiply:
      var pieces = ScratchPieces(scratch)
      let half = pieces.take(Float.self, 16 * 16)
      let sums = pieces.take(Int32.self, ShortPanel.sumWords)
      let panels = pieces.take(Int32.self, ShortFilters.transformedCount)
      let products = pieces.take(Float.self, Self.points * Self.productStride)
      let (pair, group) = item.quotientAndRemainder(dividingBy: groups(tiles))
      let first = group * Self.tilesPerItem
      let count = 2 * min(Self.tilesPerItem, tiles.pixelCount - first)
      for stretch in 0..<weights.stretches {
        weights.transform(pair, stretch, into: panels)
        let source = rows(stretch, tiles, shared)
        for point in 0..<Self.points where !isEmpty(point) {
          weights.prefetchNext(pair, stretch, part: point, of: Self.points)
          multiply(
            source.words + (point * pointStride(tiles) + 2 * first * Self.rowWords),
            source.inverses + (point * scaleStride(tiles) + 2 * first), count, pair, stretch,
            panels + point * ShortFilters.pointStride, products + point * Self.productStride, sums)
        }
      }
      for point in 0..<Self.points where isEmpty(point) {
        (products + point * Self.productStride).update(repeating: 0, count: 32 * count)
      }
      let finisher = HalfTileFinisher(
        outputs: outputs, factors: weights.factors, output: output,
        writer: PixelWriter(output, epilogue), half: half)
      tiles.forEach(group, of: Self.tilesPerItem) { tile, y, x in
        for column in Swift.stride(from: 0, to: min(32, outputs - 32 * pair), by: 16) {
          for side in 0..<2 {
            finisher.finish(
              products + (32 * (2 * (tile - first) + side) + column), y: 4 * y,
              x: 4 * x + 2 * side, first: 32 * pair + column)
          }
        }
      }
    }
  }

  private func groups(_ tiles: RowPieces) -> Int {
    (tiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem
  }

  /// Whether a point of all tiles is 0: at -1 the pixels of a pair cancel, those of all pairs of a doubled image.
  @inline(__always)
  func isEmpty(_ point: Int) -> Bool {
    let across = ShortFilters.size.across
    return enlargement == .nearest && (point / across == 2 || point % across == 2)
  }

  /// Adds a point's products over a stretch, [row][32], or sets them.
  @inline(never)
  private func multiply(
    _ rows: UnsafePointer<Int32>, _ inverses: UnsafePointer<Float>, _ count: Int, _ pair: Int,
    _ stretch: Int, _ panel: UnsafePointer<Int32>, _ products: UnsafeMutablePointer<Float>,
    _ room: UnsafeMutablePointer<Int32>
  ) {
    let words = ShortRows.words(weights.width(stretch))
    let isFirst = stretch == 0
    let left = load16(weights.inverses(2 * pair, stretch))
    @inline(__always)
    func add(
      _ sums: SIMD16<Int32>, _ factors: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>
    ) {
      let before = isFirst ? SIMD16<Float>.zero : load16(target)
      store16(multiplyAdd(csimd_to_f32(sums), factors, before), target)
    }
    let isWhole = weights.blocks(pair) == 2
    let step = isWhole ? 32 : 16
    if csimd_vector_bytes() == 64 && isWhole {
      let right = load16(weights.inverses(2 * pair + 1, stretch))
      ShortPanel.multiply(
        rows, stride: Self.rowWords, count: count, first: panel, second: panel + 16, step: 32,
        words: words, sums: room
      ) { row, sums, others in
        let own = SIMD16<Float>(repeating: inverses[row])
        add(sums, left * own, products + 32 &* row)
        add(others, right * own, products + (32 &* row &+ 16))
      }
      return
    }
    for block in 0..<(isWhole ? 2 : 1) {
      let factors = block == 0 ? left : load16(weights.inverses(2 * pair + 1, stretch))
      ShortPanel.multiply(
        rows, stride: Self.rowWords, count: count, panel: panel + 16 * block, step: step,
        words: words
      ) { row, sums in
        add(
          sums, factors * SIMD16(repeating: inverses[row]),
          products + (32 &* row &+ 16 &* block))
      }
    }
  }
}

extension CompactShortWinograd: TileStages {
  static var kernelName: String { "Winograd int16" }
  var border: BorderMode { enlargement == .none ? shape.border : .replicate }
  func rowsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.top..<4 * tile - shape.top + 6, enlargement)
  }
  func columnsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.left..<4 * tile - shape.left + 6, enlargement)
  }

  /// Floats that the stages hand to each other.
  func sharedCount(_ tiles: RowPieces) -> Int {
    weights.stretches * Self.points * (pointStride(tiles) + scaleStride(tiles))
  }

  /// Pieces of work of a stage; they may run at the same time in any order.
  func itemCount(_ stage: Stage, _ tiles: RowPieces) -> Int {
    switch stage {
    case .transform: (tiles.pixelCount + Self.tilesPerTransform - 1) / Self.tilesPerTransform
    case .multiply: weights.pairs * groups(tiles)
    }
  }
}
