// Convolution as an implicit matrix product, channels last: any kernel, stride, dilation and border.
//
// The micro-kernel reads input pixels where they lie, through a table of pointers; at borders the
// table points to the mirrored or repeated pixel or to a row of zeros. Differs from PyTorch's
// conv2d in the order of summation only (tap, part, channel).

import Compute

/// A convolution of an image, or of two images whose channels follow each other (a concatenation),
/// computed for a list of row pieces of its output.
///
/// A pixel's bits do not depend on the pieces, the item or the thread that computes it.
public final class DirectConvolution: Sendable {
  public let shape: ConvolutionShape
  /// Channels of the first and of the second input; the second is 0 where there is one input.
  public let parts: (Int, Int)
  public let weights: PackedWeights

  /// Output pixels of an item: enough to read a block of weights many times out of the second-level
  /// cache, few enough to share out.
  static let pixelsPerItem = 240

  private let segments: Int
  private let segmentChannels: AlignedBuffer<Int>
  private let zeros: AlignedBuffer<Float>

  /// - Parameters:
  ///   - weights: (outputs, parts.0 + parts.1, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  public init(
    _ weights: UnsafePointer<Float>, outputs: Int, parts: (Int, Int), shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil
  ) {
    precondition(parts.0 > 0 && parts.1 >= 0)
    self.shape = shape
    self.parts = parts
    let channels = parts.0 + parts.1
    let taps = shape.taps
    self.weights = PackedWeights(
      convolution: weights, outputs: outputs, channels: channels, taps: taps, scale: scale,
      bias: bias)
    let partCount = parts.1 > 0 ? 2 : 1
    segments = taps * partCount
    segmentChannels = AlignedBuffer(count: segments)
    for segment in 0..<segments {
      segmentChannels[segment] = segment % partCount == 0 ? parts.0 : parts.1
    }
    zeros = AlignedBuffer(count: max(parts.0, parts.1), filledWith: 0)
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    (segments * tableRow + 4 * tableRow) * MemoryLayout<Int>.stride + tilePixels * 32 * 4
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  public func itemCount(_ pieces: RowPieces) -> Int {
    (pieces.pixelCount + Self.pixelsPerItem - 1) / Self.pixelsPerItem * weights.blocks
  }

  /// Computes an item: one block of outputs for a run of pixels.
  public func run(
    item: Int, pieces: RowPieces, inputs: (FeatureMap, FeatureMap?), output: FeatureMap,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    let block = item % weights.blocks
    let first = item / weights.blocks * Self.pixelsPerItem
    let end = min(first + Self.pixelsPerItem, pieces.pixelCount)
    let table = scratch.assumingMemoryBound(to: Int.self)
    let targets = table + segments * tableRow
    let residuals = targets + tableRow
    var group = PixelGroup(coordinates: residuals + tableRow)
    let sums = (scratch + (segments * tableRow + 4 * tableRow) * MemoryLayout<Int>.stride)
      .assumingMemoryBound(to: Float.self)
    let width = weights.width(block)
    let operands = TileOperands(
      table: table, channels: segmentChannels.pointer, segments: segments,
      weights: weights.block(block))
    let columns = weights.columns(block)
    var walk = PixelWalk(pieces, first: first, end: end)
    while walk.next(&group) {
      fillTable(group, inputs, table)
      multiplyTile(operands, pixels: group.count, width: width, target: sums, stride: width)
      for slot in 0..<group.count {
        targets[slot] = Int(
          bitPattern: output.pixel(group.y(slot), group.x(slot)) + 32 * block)
        if let residual = epilogue.residual {
          residuals[slot] = Int(
            bitPattern: residual.pixel(group.y(slot), group.x(slot)) + 32 * block)
        }
      }
      finish(
        rows: group.count, sums: sums, stride: width, columns: columns,
        scale: weights.scale(block), bias: weights.bias(block), activation: epilogue.activation,
        targets: targets, residuals: epilogue.residual == nil ? nil : UnsafePointer(residuals))
    }
  }

  @inline(__always)
  private func fillTable(
    _ group: PixelGroup, _ inputs: (FeatureMap, FeatureMap?), _ table: UnsafeMutablePointer<Int>
  ) {
    let step = inputs.1 == nil ? tableRow : 2 * tableRow
    let inside = isInside(group, inputs.0)
    fillTable(group, inputs.0, table, step, inside)
    if let second = inputs.1 { fillTable(group, second, table + tableRow, step, inside) }
  }

  /// Whether no tap of the group's pixels leaves the image.
  @inline(__always)
  private func isInside(_ group: PixelGroup, _ input: FeatureMap) -> Bool {
    let reachY = (shape.kernelHeight - 1) * shape.dilation
    let reachX = (shape.kernelWidth - 1) * shape.dilation
    for slot in 0..<group.count {
      let y = group.y(slot) * shape.stride - shape.padding
      let x = group.x(slot) * shape.stride - shape.padding
      if y < 0 || x < 0 || y + reachY >= input.height || x + reachX >= input.width {
        return false
      }
    }
    return true
  }

  /// Fills every `step`-th row of the table with the addresses of the taps in one input.
  @inline(__always)
  private func fillTable(
    _ group: PixelGroup, _ input: FeatureMap, _ table: UnsafeMutablePointer<Int>, _ step: Int,
    _ inside: Bool
  ) {
    guard inside else {
      fillBorderTable(group, input, table, step)
      return
    }
    var low = SIMD8<Int>.zero
    var high = SIMD8<Int>.zero
    for slot in 0..<8 {
      low[slot] = address(group, slot, input)
      high[slot] = address(group, slot + 8, input)
    }
    let raw = UnsafeMutableRawPointer(table)
    var row = 0
    for ky in 0..<shape.kernelHeight {
      for kx in 0..<shape.kernelWidth {
        let offset = shape.dilation * (ky * input.rowStride + kx * input.pixelStride) * 4
        let wide = SIMD8<Int>(repeating: offset)
        raw.storeBytes(of: low &+ wide, toByteOffset: row * 8, as: SIMD8<Int>.self)
        raw.storeBytes(of: high &+ wide, toByteOffset: row * 8 + 64, as: SIMD8<Int>.self)
        row += step
      }
    }
  }

  @inline(__always)
  private func address(_ group: PixelGroup, _ slot: Int, _ input: FeatureMap) -> Int {
    Int(
      bitPattern: input.pixel(
        group.y(slot) * shape.stride - shape.padding,
        group.x(slot) * shape.stride - shape.padding))
  }

  @inline(never)
  private func fillBorderTable(
    _ group: PixelGroup, _ input: FeatureMap, _ table: UnsafeMutablePointer<Int>, _ step: Int
  ) {
    var row = 0
    for ky in 0..<shape.kernelHeight {
      for kx in 0..<shape.kernelWidth {
        for slot in 0..<tilePixels {
          let y = group.y(slot) * shape.stride - shape.padding + ky * shape.dilation
          let x = group.x(slot) * shape.stride - shape.padding + kx * shape.dilation
          if let y = borderIndex(y, count: input.height, border: shape.border),
            let x = borderIndex(x, count: input.width, border: shape.border)
          {
            table[row + slot] = Int(bitPattern: input.pixel(y, x))
          } else {
            table[row + slot] = Int(bitPattern: zeros.pointer)
          }
        }
        row += step
      }
    }
  }
}
