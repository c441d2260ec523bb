// Stride-1 convolution by Winograd's minimal filtering: 3 x 3 kernels by F(4x4, 3x3), kernels of 5
// to 8 taps a side as four kernels of F(4x4, 4x4) on the same transformed input.
//
// Three steps: tiles of the input are transformed (a matrix per point of the transform, tiles by
// channels), multiplied with the transformed weights point by point in the matrix-product engine, and
// transformed back with the epilogue. Differs from the direct sum by rounding only: about 113 dB
// (3 x 3: 120 dB) below the signal.

import CSIMD
import Compute

/// A convolution over a list of active 4 x 4 output tiles.
///
/// Tiles lie on a grid from pixel (0, 0); pieces count tiles, not pixels: piece (y, x0, x1) is output
/// pixels 4y ..< 4y + 4, 4 x0 ..< 4 x1, cut at the image's border. A tile's bits depend on the tile
/// only.
///
/// A frame is: `inputTiles` (once per list), `transform` for all its items, then `multiply` for all
/// its items.
public final class WinogradConvolution: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  public let outputs: Int

  /// Tiles multiplied together: their products of all points and 64 outputs stay in the cache.
  static let tilesPerItem = 48
  static let tilesPerTransform = 8

  private let size: Int
  /// Kernels of `taps` x `taps` along an axis that make up the kernel: 1 or 2.
  private let splits: Int
  private let paddedChannels: Int
  /// Transformed weights of each point, [point].
  private let weights: [PackedWeights]
  /// Addresses of the transformed weights of each point.
  private let pointWeights: AlignedBuffer<Int>
  /// B then A, float32.
  private let inputMatrix: AlignedBuffer<Float>
  private let outputMatrix: AlignedBuffer<Float>
  private let segmentChannels: AlignedBuffer<Int>
  private let zeros: AlignedBuffer<Float>

  /// Whether a convolution can be computed here.
  public static func supports(_ shape: ConvolutionShape) -> Bool {
    shape.stride == 1 && shape.dilation == 1 && shape.kernelHeight == shape.kernelWidth
      && (shape.kernelHeight == 3 || (5...8).contains(shape.kernelHeight))
  }

  /// - Parameters:
  ///   - weights: (outputs, channels, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pool: shares out the transform of the weights.
  public init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    precondition(Self.supports(shape))
    let kernel = shape.kernelHeight
    let transform: WinogradTransform = kernel == 3 ? .fourByThree : .fourByFour
    let size = transform.size
    let splits = kernel == 3 ? 1 : 2
    let points = size * size
    let packed = (0..<points).map { _ in
      PackedWeights(
        outputs: outputs, depth: splits * splits * channels, scale: scale, bias: bias)
    }
    let blocks = packed[0].blocks
    let source = WeightSource(
      weights: weights, channels: channels, kernel: kernel, transform: transform, splits: splits)
    if let pool {
      pool.run(blocks) { block, _ in source.pack(block, into: packed) }
    } else {
      for block in 0..<blocks { source.pack(block, into: packed) }
    }
    self.weights = packed
    pointWeights = AlignedBuffer(count: points)
    for (point, weights) in packed.enumerated() {
      pointWeights[point] = Int(bitPattern: weights.block(0))
    }
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    self.size = size
    self.splits = splits
    paddedChannels = (channels + 15) & ~15
    inputMatrix = AlignedBuffer(count: size * size)
    outputMatrix = AlignedBuffer(count: 4 * size)
    for (i, value) in transform.inputMatrix.enumerated() { inputMatrix[i] = Float(value) }
    for (i, value) in transform.outputMatrix.enumerated() { outputMatrix[i] = Float(value) }
    segmentChannels = AlignedBuffer(count: splits * splits, filledWith: channels)
    zeros = AlignedBuffer(count: paddedChannels, filledWith: 0)
  }

  private var points: Int { size * size }

  /// Pieces that `inputTiles` may write for `count` pieces of output tiles.
  public func inputPieceCapacity(_ count: Int) -> Int { splits * count }

  /// The tiles of the input that output tiles read, written to `target`.
  public func inputTiles(
    _ outputTiles: RowPieces, into target: UnsafeMutablePointer<RowPiece>
  ) -> RowPieces {
    outputTiles.dilated(
      up: 0, down: splits - 1, left: 0, right: splits - 1, height: Int(Int32.max),
      width: Int(Int32.max), into: target)
  }

  /// Floats between the points of the transformed input: not a multiple of the cache's size, so that
  /// the points of a tile do not fight for the same sets.
  private func pointStride(_ tiles: RowPieces) -> Int {
    tiles.pixelCount * paddedChannels + 17 * 16
  }

  /// Floats of the transformed input of these input tiles.
  public func transformedCount(_ inputTiles: RowPieces) -> Int {
    points * pointStride(inputTiles) + tilePixels * paddedChannels
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    let transform = points * 8 + points * 64
    let multiply =
      (splits * splits * (Self.tilesPerItem / tilePixels + 1) * tableRow + 4 * tableRow
        + Self.tilesPerItem * 2) * 8 + points * Self.tilesPerItem * 64 * 4 + 2 * points * 64
    return (max(transform, multiply) + 63) & ~63
  }

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
    let table = (scratch + points * 64).assumingMemoryBound(to: Int.self)
    var piece = inputTiles.piece(containing: first)
    for tile in first..<end {
      while tile >= Int(inputTiles.pieces[piece].start) + inputTiles.pieces[piece].length {
        piece += 1
      }
      let found = inputTiles.pieces[piece]
      fillTable(
        y: Int(found.y) * 4 - shape.padding,
        x: (Int(found.x0) + tile - Int(found.start)) * 4 - shape.padding, input, table)
      let target = transformed + tile * paddedChannels
      if size == 6 {
        transformTile(6, table, half, target, stride)
      } else {
        transformTile(7, table, half, target, stride)
      }
    }
  }

  private func fillTable(
    y: Int, x: Int, _ input: FeatureMap, _ table: UnsafeMutablePointer<Int>
  ) {
    for i in 0..<size {
      let row = borderIndex(y + i, count: input.height, border: shape.border)
      for j in 0..<size {
        let column = borderIndex(x + j, count: input.width, border: shape.border)
        // Tiles may reach farther than the padding; what lies there meets no tap of a pixel in the
        // image.
        if let row, let column, row >= 0, row < input.height, column >= 0, column < input.width {
          table[i * size + j] = Int(bitPattern: input.pixel(row, column))
        } else {
          table[i * size + j] = Int(bitPattern: zeros.pointer)
        }
      }
    }
  }

  @inline(__always)
  private func transformTile(
    _ size: Int, _ table: UnsafePointer<Int>, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    let matrix = UnsafePointer(inputMatrix.pointer)
    for channel in Swift.stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - channel)
      for j in 0..<size {
        combine(
          size, size, matrix,
          { i in
            loadFirst16(
              UnsafePointer<Float>(bitPattern: table[i * size + j]).unsafelyUnwrapped + channel,
              count)
          }, { i, value in store16(value, half + (i * size + j) * 16) })
      }
      for i in 0..<size {
        combine(
          size, size, matrix, { j in load16(half + (i * size + j) * 16) },
          { j, value in store16(value, target + (i * size + j) * stride + channel) })
      }
    }
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
    let segments = splits * splits
    // Scratch: products, transforms, table, targets, residuals, coordinates, slots.
    let products = scratch.assumingMemoryBound(to: Float.self)
    let half = products + points * Self.tilesPerItem * 64
    let slots = UnsafeMutableRawPointer(half + 2 * points * 16).assumingMemoryBound(to: Int.self)
    let coordinates = slots + segments * (Self.tilesPerItem / tilePixels) * tableRow
    let table = coordinates + 2 * Self.tilesPerItem
    let targets = table + segments * tableRow
    locate(first, tiles, outputTiles, inputTiles, slots, coordinates)

    let stride = pointStride(inputTiles)
    let scales = weights[0]
    let blocks = 2 * group..<min(2 * group + 2, scales.blocks)
    let depth = scales.depth
    let panels = pointWeights.pointer
    // While a point is multiplied, each group of tiles asks for its share of what the next one reads.
    let panelStart = 32 * 4 * depth * blocks.lowerBound
    let panelShare = 32 * 4 * depth * blocks.count / ((tiles + tilePixels - 1) / tilePixels)
    for point in 0..<points {
      let base = Int(bitPattern: transformed + point * stride)
      for start in Swift.stride(from: 0, to: tiles, by: tilePixels) {
        let places = slots + segments * (start / tilePixels) * tableRow
        for entry in 0..<segments * tableRow { table[entry] = base &+ places[entry] }
        if point + 1 < points {
          prefetch(
            panels[point + 1] + panelStart + panelShare * (start / tilePixels), panelShare)
          for segment in Swift.stride(from: 0, to: segments, by: 2) {
            for slot in 0..<tilePixels {
              prefetch(base + stride * 4 + places[segment * tableRow + slot], paddedChannels * 4)
            }
          }
        }
        for block in blocks {
          let panel = UnsafePointer<Float>(bitPattern: panels[point]).unsafelyUnwrapped
          multiplyTile(
            TileOperands(
              table: table, channels: segmentChannels.pointer, segments: segments,
              weights: panel + 32 * block * depth),
            pixels: min(tilePixels, tiles - start), width: scales.width(block),
            target: products + (point * Self.tilesPerItem + start) * 64 + 32 * (block & 1),
            stride: 64)
        }
      }
    }
    for block in blocks {
      for tile in 0..<tiles {
        let sums = products + tile * 64 + 32 * (block & 1)
        let y = coordinates[2 * tile] * 4
        let x = coordinates[2 * tile + 1] * 4
        finishTile(sums, y, x, block, output, epilogue, half, targets)
      }
    }
  }

  /// Finds a chunk of output tiles: their coordinates and, for each segment, the byte offset of the
  /// input tile that it reads, [group of 12][segment][16 slots].
  private func locate(
    _ first: Int, _ tiles: Int, _ outputTiles: RowPieces, _ inputTiles: RowPieces,
    _ slots: UnsafeMutablePointer<Int>, _ coordinates: UnsafeMutablePointer<Int>
  ) {
    let segments = splits * splits
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
      for segment in 0..<segments {
        let index =
          splits == 1
          ? first + tile : inputTiles.index(y: y + segment / splits, x: x + segment % splits)
        let place = ((tile / tilePixels) * segments + segment) * tableRow + tile % tilePixels
        slots[place] = index * paddedChannels * 4
      }
    }
    for tile in tiles..<(tiles + tilePixels - 1) / tilePixels * tilePixels {
      for segment in 0..<segments {
        let row = ((tile / tilePixels) * segments + segment) * tableRow
        slots[row + tile % tilePixels] = slots[row]
      }
    }
    for row in 0..<(tiles + tilePixels - 1) / tilePixels * segments {
      for slot in tilePixels..<tableRow { slots[row * tableRow + slot] = slots[row * tableRow] }
    }
  }

  /// Transforms the products of a tile and a block back and writes its pixels.
  private func finishTile(
    _ sums: UnsafePointer<Float>, _ y: Int, _ x: Int, _ block: Int, _ output: FeatureMap,
    _ epilogue: Epilogue, _ half: UnsafeMutablePointer<Float>, _ targets: UnsafeMutablePointer<Int>
  ) {
    let packed = weights[0]
    let pixels = half + points * 16
    let residuals = targets + tableRow
    let pointStride = Self.tilesPerItem * 64
    for column in Swift.stride(from: 0, to: packed.columns(block), by: 16) {
      if size == 6 {
        transformBack(6, sums + column, pointStride, half, pixels)
      } else {
        transformBack(7, sums + column, pointStride, half, pixels)
      }
      for i in 0..<min(4, output.height - y) {
        let columns = min(4, output.width - x)
        for j in 0..<columns {
          let channel = 32 * block + column
          targets[j] = Int(bitPattern: output.pixel(y + i, x + j) + channel)
          if let residual = epilogue.residual {
            residuals[j] = Int(bitPattern: residual.pixel(y + i, x + j) + channel)
          }
        }
        finish(
          rows: columns, sums: pixels + i * 64, stride: 16,
          columns: min(16, packed.columns(block) - column),
          scale: packed.scale(block) + column, bias: packed.bias(block) + column,
          activation: epilogue.activation, targets: targets,
          residuals: epilogue.residual == nil ? nil : UnsafePointer(residuals))
      }
    }
  }

  @inline(__always)
  private func transformBack(
    _ size: Int, _ sums: UnsafePointer<Float>, _ pointStride: Int,
    _ half: UnsafeMutablePointer<Float>, _ pixels: UnsafeMutablePointer<Float>
  ) {
    let matrix = UnsafePointer(outputMatrix.pointer)
    for j in 0..<size {
      combine(
        4, size, matrix, { i in load16(sums + (i * size + j) * pointStride) },
        { i, value in store16(value, half + (i * size + j) * 16) })
    }
    for i in 0..<4 {
      combine(
        4, size, matrix, { j in load16(half + (i * size + j) * 16) },
        { j, value in store16(value, pixels + (i * 4 + j) * 16) })
    }
  }
}

/// Asks for the cache lines of some bytes.
@inline(__always)
private func prefetch(_ address: Int, _ bytes: Int) {
  for offset in Swift.stride(from: 0, to: bytes, by: 64) {
    if let line = UnsafeRawPointer(bitPattern: address + offset) { csimd_prefetch(line) }
  }
}

/// write(i, sum over j of matrix[i][j] * read(j)) for `rows` rows of `size` entries.
@inline(__always)
private func combine(
  _ rows: Int, _ size: Int, _ matrix: UnsafePointer<Float>, _ read: (Int) -> SIMD16<Float>,
  _ write: (Int, SIMD16<Float>) -> Void
) {
  let d0 = read(0)
  let d1 = read(1)
  let d2 = read(2)
  let d3 = read(3)
  let d4 = read(4)
  let d5 = read(5)
  let d6 = size == 7 ? read(6) : d5
  for i in 0..<rows {
    let row = matrix + i * size
    var even = d0 * SIMD16<Float>(repeating: row[0])
    var odd = d1 * SIMD16<Float>(repeating: row[1])
    even = multiplyAdd(d2, SIMD16(repeating: row[2]), even)
    odd = multiplyAdd(d3, SIMD16(repeating: row[3]), odd)
    even = multiplyAdd(d4, SIMD16(repeating: row[4]), even)
    odd = multiplyAdd(d5, SIMD16(repeating: row[5]), odd)
    if size == 7 { even = multiplyAdd(d6, SIMD16(repeating: row[6]), even) }
    write(i, even + odd)
  }
}
