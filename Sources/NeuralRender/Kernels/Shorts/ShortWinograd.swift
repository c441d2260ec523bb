// Stride-1 convolution with 3 x 3 kernels by Winograd's F(4x4, 3x3), whose products are of whole numbers of
// 16 bits: the three stages of `ThreeTapWinograd`, where each tile's channels at a point of the transform
// become such numbers with a scale of their own.

import CSIMD
import Compute

/// A convolution over a list of 4 x 4 output tiles; see `ThreeTapWinograd` for the grid.
final class ShortWinograd: Sendable {
  let shape: ConvolutionShape
  let channels: Int
  let outputs: Int
  private let enlargement: Enlargement
  /// [point][block of 16 outputs][pair of channels][16].
  private let weights: AlignedBuffer<Int32>
  /// [point][output].
  private let inverses: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>

  /// What a list of tiles goes through: all items of one stage before the next.
  enum Stage: CaseIterable, Sendable { case transform, multiply, finish }

  /// Tiles of an item that is transformed, there or back.
  private static let tilesPerItem = 8
  /// Blocks of sixteen outputs of an item that multiplies.
  private static let blocksPerItem = 8
  private static let size = FourByThreeLines.size
  private static let points = size * size

  /// - Parameters: as `ThreeTapWinograd`'s.
  ///   - enlargement: of the input; one pixel of border.
  /// - Returns: nil for weights that rounding would take too much from.
  init?(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    enlargement: Enlargement = .none, scale: [Float], bias: [Float], pool: WorkerPool
  ) {
    precondition(ThreeTapWinograd.supports(shape))
    self.enlargement = enlargement
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    let blocks = (outputs + 15) / 16
    self.weights = AlignedBuffer(
      count: Self.points * blocks * 16 * ShortRows.words(channels))
    inverses = AlignedBuffer(count: Self.points * 16 * blocks)
    scales = AlignedBuffer(count: 16 * blocks, filledWith: 1)
    biases = AlignedBuffer(count: 16 * blocks, filledWith: 0)
    for output in 0..<outputs {
      scales[output] = scale[output]
      biases[output] = bias[output]
    }
    let errors = AlignedBuffer<RoundingError>(count: blocks)
    nonisolated(unsafe) let (source, found) = (weights, errors.pointer)
    pool.run(blocks) { block, _ in found[block] = self.pack(source, block) }
    var error = RoundingError()
    for block in 0..<blocks { error += errors[block] }
    guard error.isSmall else { return nil }
  }

  private func pack(_ source: UnsafePointer<Float>, _ block: Int) -> RoundingError {
    let transform = WinogradTransform.fourByThree
    let step = 8
    let rows = AlignedBuffer<Float>(count: step * 9 * 16)
    let half = AlignedBuffer<SIMD8<Double>>(count: Self.size * transform.taps)
    let transformed = AlignedBuffer<Float>(count: Self.points * channels * 16)
    let targets = AlignedBuffer<Int>(count: Self.points)
    for point in 0..<Self.points {
      targets[point] = Int(bitPattern: transformed.pointer + point * channels * 16)
    }
    for channel in stride(from: 0, to: channels, by: step) {
      let count = min(step, channels - channel)
      transposeRows(
        source + (16 * block * channels + channel) * 9, stride: 9 * channels,
        rows: min(16, outputs - 16 * block), depth: 9 * count, rows.pointer, width: 16)
      for index in 0..<count {
        for output in stride(from: 0, to: 16, by: 8) {
          transform.transform(
            rows.pointer + (144 * index + output), rows: 3, columns: 3, rowStride: 3, width: 16,
            half: half.pointer, targets.pointer, offset: 16 * (channel + index) + output)
        }
      }
    }
    var error = RoundingError()
    for point in 0..<Self.points {
      error += ShortPanel.pack(
        transformed.pointer + point * channels * 16, depth: channels, to: panel(point, block),
        inverses: inverses.pointer + 16 * (point * blocks + block))
    }
    return error
  }

  private var blocks: Int { (outputs + 15) / 16 }
  private var words: Int { ShortRows.words(channels) }

  private func panel(_ point: Int, _ block: Int) -> UnsafeMutablePointer<Int32> {
    weights.pointer + 16 * words * (point * blocks + block)
  }

  /// Words between tiles: no power of two, or those that are multiplied together would fight for the same
  /// sets of the cache.
  private var tileStride: Int {
    let words = ShortRows.stride(channels)
    return words % 128 == 0 ? words + 16 : words
  }

  /// Words or floats between points, of transformed tiles and of products; not of the cache's size either.
  private func pointStride(_ tiles: RowPieces, _ stride: Int) -> Int {
    (tiles.pixelCount + ShortPanel.rowsBehind) * stride + 17 * 16
  }

  private func scaleStride(_ tiles: RowPieces) -> Int { (tiles.pixelCount + 15) & ~15 }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int { Self.points * (16 + channels + paddedChannels) * 4 }

  private var paddedChannels: Int { (channels + 15) & ~15 }

  /// Computes an item of a stage.
  ///
  /// - Parameter shared: `sharedCount` floats.
  func run(
    _ stage: Stage, item: Int, tiles: RowPieces, input: FeatureMap, output: FeatureMap,
    epilogue: Epilogue, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    var pieces = ScratchPieces(UnsafeMutableRawPointer(shared))
    let rows = pieces.take(Int32.self, Self.points * pointStride(tiles, tileStride))
    let rowInverses = pieces.take(Float.self, Self.points * scaleStride(tiles))
    let products = pieces.take(Float.self, Self.points * pointStride(tiles, 16 * blocks))
    switch stage {
    case .transform: transform(item, tiles, input, rows, rowInverses, scratch)
    case .multiply:
      multiply(
        item / outputGroups, item % outputGroups, tiles, rows, rowInverses, products,
        scratch.bindMemory(to: Int32.self, capacity: ShortPanel.sumWords))
    case .finish:
      let finisher = TileFinisher(
        outputs: outputs,
        factors: OutputFactors(
          scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer)),
        output: output, writer: PixelWriter(output, epilogue),
        half: scratch.bindMemory(to: Float.self, capacity: Self.points * 16))
      let stride = pointStride(tiles, 16 * blocks)
      tiles.forEach(item, of: Self.tilesPerItem) { tile, y, x in
        for first in Swift.stride(from: 0, to: outputs, by: 16) {
          finisher.finish(
            FourByThreeLines.self, products + tile * 16 * blocks + first, pointStride: stride,
            y: 4 * y, x: 4 * x, first: first)
        }
      }
    }
  }

  private func transform(
    _ item: Int, _ tiles: RowPieces, _ input: FeatureMap, _ rows: UnsafeMutablePointer<Int32>,
    _ rowInverses: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawPointer
  ) {
    let size = Self.size
    var pieces = ScratchPieces(scratch)
    let half = pieces.take(Float.self, Self.points * 16)
    let values = pieces.take(Float.self, Self.points * paddedChannels)
    let patch = FeatureMap(
      pieces.take(Float.self, Self.points * channels), height: size, width: size,
      channels: channels)
    let source = TileSource(input: input, border: shape.border, enlargement: enlargement)
    let (stride, scaleStride) = (pointStride(tiles, tileStride), scaleStride(tiles))
    tiles.forEach(item, of: Self.tilesPerItem) { tile, row, column in
      transformTile(
        source.tile(4 * row - shape.top, 4 * column - shape.left, patch: patch), half, values)
      for point in 0..<Self.points where !isEmpty(point) {
        rowInverses[point * scaleStride + tile] = ShortRows.quantize(
          values + point * paddedChannels, count: channels,
          to: rows + (point * stride + tile * tileStride))
      }
    }
  }

  /// Transforms the tile at the first pixel of `source`, [point][channel].
  private func transformTile(
    _ source: FeatureMap, _ half: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let size = Self.size
    for channel in Swift.stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - channel)
      for j in 0..<size {
        let column = source.pixel(0, j) + channel
        FourByThreeLines.transform(
          { i in loadFirst16(column + i * source.rowStride, count) },
          { i, value in store16(value, half + (i * size + j) * 16) })
      }
      for i in 0..<size {
        FourByThreeLines.transform(
          { j in load16(half + (i * size + j) * 16) },
          { j, value in store16(value, target + (i * size + j) * paddedChannels + channel) })
      }
    }
  }

  private var outputGroups: Int { (blocks + Self.blocksPerItem - 1) / Self.blocksPerItem }

  /// The products of a point and some blocks of outputs with all tiles.
  private func multiply(
    _ point: Int, _ group: Int, _ tiles: RowPieces, _ rows: UnsafePointer<Int32>,
    _ rowInverses: UnsafePointer<Float>, _ products: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Int32>
  ) {
    let target = products + point * pointStride(tiles, 16 * blocks)
    let first = group * Self.blocksPerItem
    let end = min(first + Self.blocksPerItem, blocks)
    let step = 16 &* blocks
    guard !isEmpty(point) else {
      for tile in 0..<tiles.pixelCount {
        (target + (tile * step + 16 * first)).update(repeating: 0, count: 16 * (end - first))
      }
      return
    }
    let source = rows + point * pointStride(tiles, tileStride)
    let own = rowInverses + point * scaleStride(tiles)
    var block = first
    while block < end {
      let column = target + 16 * block
      let factors = inverses.pointer + 16 * (point * blocks + block)
      let left = load16(factors)
      if csimd_vector_bytes() == 64 && block + 1 < end {
        let right = load16(factors + 16)
        ShortPanel.multiply(
          source, stride: tileStride, count: tiles.pixelCount, first: panel(point, block),
          second: panel(point, block + 1), words: words, sums: sums
        ) { tile, sums, others in
          let own = SIMD16<Float>(repeating: own[tile])
          store16(csimd_to_f32(sums) * (left * own), column + tile &* step)
          store16(csimd_to_f32(others) * (right * own), column + (tile &* step &+ 16))
        }
        block += 2
      } else {
        ShortPanel.multiply(
          source, stride: tileStride, count: tiles.pixelCount, panel: panel(point, block),
          words: words
        ) { tile, sums in
          store16(
            csimd_to_f32(sums) * (left * SIMD16(repeating: own[tile])), column + tile &* step)
        }
        block += 1
      }
    }
  }

  /// Whether a point of all tiles is 0: see `ThreeTapWinograd`.
  private func isEmpty(_ point: Int) -> Bool {
    enlargement == .nearest && (point / Self.size == 2 || point % Self.size == 2)
  }
}

extension ShortWinograd: TileStages {
  static var kernelName: String { "Winograd int16" }
  var border: BorderMode { enlargement == .none ? shape.border : .replicate }
  func rowsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.top..<4 * tile - shape.top + Self.size, enlargement)
  }
  func columnsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.left..<4 * tile - shape.left + Self.size, enlargement)
  }

  /// Floats that the stages hand to each other.
  func sharedCount(_ tiles: RowPieces) -> Int {
    Self.points
      * (pointStride(tiles, tileStride) + scaleStride(tiles) + pointStride(tiles, 16 * blocks))
  }

  /// Pieces of work of a stage; they may run at the same time in any order.
  func itemCount(_ stage: Stage, _ tiles: RowPieces) -> Int {
    switch stage {
    case .transform, .finish: (tiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem
    case .multiply: Self.points * outputGroups
    }
  }
}
