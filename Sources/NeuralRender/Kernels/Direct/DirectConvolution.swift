// Convolution as an implicit matrix product, channels last: any kernel, stride, dilation and border.
//
// The micro-kernel reads input pixels where they lie, through a table of pointers; at borders the
// table points to the mirrored or repeated pixel or to a row of zeros. Differs from PyTorch's
// conv2d in the order of summation only (tap, part, channel).

import CSIMD
import Compute

/// A convolution of an image, or of two images whose channels follow each other (a concatenation),
/// computed for a list of row pieces of its output; in floats or in bytes.
///
/// A pixel's bits do not depend on the pieces, the item or the thread that computes it.
public final class DirectConvolution: Sendable {
  public let shape: ConvolutionShape
  /// Channels of the first and of the second input; the second is 0 where there is one input.
  public let parts: (Int, Int)
  let weights: ConvolutionWeights

  /// Output pixels of an item: enough to read a block of weights many times out of the second-level
  /// cache, few enough to share out.
  let pixelsPerItem: Int
  /// Bytes to at most sixteen outputs, in runs of a row.
  private let isRowwise: Bool
  private let segments: Int
  /// Steps of each segment: of the taps and parts one by one, and of whole rows of taps.
  private let segmentSteps: AlignedBuffer<Int>
  private let rowSteps: AlignedBuffer<Int>
  private let zeros: AlignedBuffer<Float>

  /// - Parameters:
  ///   - weights: (outputs, parts.0 + parts.1, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  public convenience init(
    _ weights: UnsafePointer<Float>, outputs: Int, parts: (Int, Int), shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil
  ) {
    let packed = PackedWeights(
      convolution: weights, outputs: outputs, channels: parts.0 + parts.1, taps: shape.taps,
      scale: scale, bias: bias)
    self.init(.floats(packed), parts: parts, steps: parts, shape: shape)
  }

  /// - Parameter steps: of products along the channels of each input.
  init(
    _ weights: ConvolutionWeights, parts: (Int, Int), steps: (Int, Int), shape: ConvolutionShape
  ) {
    precondition(parts.0 > 0 && parts.1 >= 0)
    self.weights = weights
    self.shape = shape
    self.parts = parts
    let partCount = parts.1 > 0 ? 2 : 1
    segments = shape.taps * partCount
    segmentSteps = AlignedBuffer(count: segments)
    for segment in 0..<segments {
      segmentSteps[segment] = segment % partCount == 0 ? steps.0 : steps.1
    }
    rowSteps = AlignedBuffer(
      count: shape.kernelHeight, filledWith: shape.kernelWidth * steps.0)
    zeros = AlignedBuffer(count: max(parts.0, parts.1), filledWith: 0)
    if case .bytes(let weights) = weights, weights.outputs <= 16, parts.1 == 0,
      shape.stride == 1, shape.dilation == 1, shape.kernelWidth >= 3, csimd_vector_bytes() == 64
    {
      (isRowwise, pixelsPerItem) = (true, 2040)
    } else {
      (isRowwise, pixelsPerItem) = (false, 240)
    }
  }

  /// Whether each pixel is made from the same pixel of floats.
  var isPixelwise: Bool {
    shape.taps == 1 && shape.stride == 1 && shape.top == 0 && shape.left == 0 && !readsBytes
  }

  /// Whether it reads bytes.
  var readsBytes: Bool { if case .bytes = weights { true } else { false } }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    isRowwise
      ? rowScratchBytes(pixelBytes: 4 * segmentSteps[0])
      : ((segments * tableRow + 5 * tableRow) * MemoryLayout<Int>.stride + tilePixels * 32 * 4
        + shape.kernelHeight * MemoryLayout<RunSegment>.stride + 63) & ~63
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  public func itemCount(_ pieces: RowPieces) -> Int {
    (pieces.pixelCount + pixelsPerItem - 1) / pixelsPerItem * weights.blocks
  }

  /// Computes an item: one block of outputs for a run of pixels.
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
    if isRowwise, case .bytes(let weights) = weights {
      runRows(
        item: item, pieces: pieces, source: sources.0, weights: weights, output: output,
        epilogue: epilogue, scratch: scratch)
      return
    }
    let block = item % weights.blocks
    let first = item / weights.blocks * pixelsPerItem
    let end = min(first + pixelsPerItem, pieces.pixelCount)
    var scratch = ScratchPieces(scratch)
    let table = scratch.take(Int.self, segments * tableRow)
    let slots = OutputSlots(scratch.take(Int.self, 3 * tableRow), output, epilogue, block)
    var group = PixelGroup(coordinates: scratch.take(Int.self, 2 * tableRow))
    let sums = scratch.take(Float.self, tilePixels * 32)
    let runs = scratch.take(RunSegment.self, shape.kernelHeight)
    let panel = weights.panel(block).with(epilogue.factors, block: block)
    // Taps of a row follow each other in memory as in the weights where pixels are packed.
    let joinsRows =
      sources.1 == nil && shape.dilation == 1
      && sources.0.pixelBytes == 4 * segmentSteps[0]
    var walk = PixelWalk(pieces, first: first, end: end)
    while walk.next(&group) {
      let inside = isInside(group, sources.0)
      if inside && joinsRows && group.isRun && panel.takesRuns, let offsets = panel.offsets {
        for ky in 0..<shape.kernelHeight {
          runs[ky] = RunSegment(
            start: address(group, 0, sources.0) + ky * sources.0.rowBytes,
            step: shape.stride * sources.0.pixelBytes, groups: rowSteps[ky])
        }
        multiplyRunTile(
          runs, count: shape.kernelHeight, weights: panel.values, offsets: offsets, target: sums,
          stride: panel.width)
      } else if inside && joinsRows {
        fillRows(group, sources.0, table)
        multiplyTile(
          panel, table: table, steps: rowSteps.pointer, segments: shape.kernelHeight,
          pixels: group.count, target: sums, stride: panel.width)
      } else {
        let step = sources.1 == nil ? tableRow : 2 * tableRow
        fillTaps(group, sources.0, part: 0, table, step, inside)
        if let second = sources.1 {
          fillTaps(group, second, part: 1, table + tableRow, step, inside)
        }
        multiplyTile(
          panel, table: table, steps: segmentSteps.pointer, segments: segments,
          pixels: group.count, target: sums, stride: panel.width)
      }
      slots.fill(group)
      finish(
        rows: group.count, sums: sums, stride: panel.width, columns: panel.columns,
        scale: panel.scale, bias: panel.bias, activation: epilogue.activation,
        targets: slots.targets, residuals: slots.residuals, bytes: slots.bytes,
        addsResidualFirst: epilogue.addsResidualFirst)
    }
  }

  /// Whether no tap of the group's pixels leaves the image.
  @inline(__always)
  private func isInside(_ group: PixelGroup, _ input: PixelSource) -> Bool {
    let reachY = (shape.kernelHeight - 1) * shape.dilation
    let reachX = (shape.kernelWidth - 1) * shape.dilation
    var slot = 0
    while slot < group.count {
      let y = group.y(slot) * shape.stride - shape.top
      let x = group.x(slot) * shape.stride - shape.left
      if y < 0 || x < 0 || y + reachY >= input.height || x + reachX >= input.width {
        return false
      }
      // Of neighbours the first and the last tell.
      slot += group.isRun && slot == 0 ? tilePixels - 1 : 1
    }
    return true
  }

  /// Where the group's first taps lie.
  @inline(__always)
  private func corners(_ group: PixelGroup, _ input: PixelSource) -> (SIMD8<Int>, SIMD8<Int>) {
    var low = SIMD8<Int>.zero
    var high = SIMD8<Int>.zero
    if group.isRun {
      let step = shape.stride * input.pixelBytes
      let start = address(group, 0, input)
      low =
        SIMD8(repeating: start)
        &+ SIMD8(0, step, 2 * step, 3 * step, 4 * step, 5 * step, 6 * step, 7 * step)
      high = low &+ SIMD8(repeating: 8 * step)
    } else {
      for slot in 0..<8 {
        low[slot] = address(group, slot, input)
        high[slot] = address(group, slot + 8, input)
      }
    }
    return (low, high)
  }

  @inline(__always)
  private func address(_ group: PixelGroup, _ slot: Int, _ input: PixelSource) -> Int {
    input.address(
      group.y(slot) * shape.stride - shape.top, group.x(slot) * shape.stride - shape.left)
  }

  /// Fills a row of the table for each row of taps.
  @inline(__always)
  private func fillRows(
    _ group: PixelGroup, _ input: PixelSource, _ table: UnsafeMutablePointer<Int>
  ) {
    let (low, high) = corners(group, input)
    let raw = UnsafeMutableRawPointer(table)
    for ky in 0..<shape.kernelHeight {
      let wide = SIMD8<Int>(repeating: ky * input.rowBytes)
      raw.storeBytes(of: low &+ wide, toByteOffset: ky * tableRow * 8, as: SIMD8<Int>.self)
      raw.storeBytes(of: high &+ wide, toByteOffset: ky * tableRow * 8 + 64, as: SIMD8<Int>.self)
    }
  }

  /// Fills every `step`-th entry of the table's rows with the addresses of the taps in one input.
  @inline(__always)
  private func fillTaps(
    _ group: PixelGroup, _ input: PixelSource, part: Int, _ table: UnsafeMutablePointer<Int>,
    _ step: Int, _ inside: Bool
  ) {
    guard inside else {
      fillBorderTaps(group, input, part, table, step)
      return
    }
    let (low, high) = corners(group, input)
    let raw = UnsafeMutableRawPointer(table)
    var row = 0
    for ky in 0..<shape.kernelHeight {
      for kx in 0..<shape.kernelWidth {
        let offset = shape.dilation * (ky * input.rowBytes + kx * input.pixelBytes)
        let wide = SIMD8<Int>(repeating: offset)
        raw.storeBytes(of: low &+ wide, toByteOffset: row * 8, as: SIMD8<Int>.self)
        raw.storeBytes(of: high &+ wide, toByteOffset: row * 8 + 64, as: SIMD8<Int>.self)
        row += step
      }
    }
  }

  @inline(never)
  private func fillBorderTaps(
    _ group: PixelGroup, _ input: PixelSource, _ part: Int, _ table: UnsafeMutablePointer<Int>,
    _ step: Int
  ) {
    let outside: Int
    switch weights {
    case .floats: outside = Int(bitPattern: zeros.pointer)
    case .bytes(let weights): outside = Int(bitPattern: weights.border(part))
    }
    var row = 0
    for ky in 0..<shape.kernelHeight {
      for kx in 0..<shape.kernelWidth {
        for slot in 0..<tilePixels {
          let y = group.y(slot) * shape.stride - shape.top + ky * shape.dilation
          let x = group.x(slot) * shape.stride - shape.left + kx * shape.dilation
          if let y = borderIndex(y, count: input.height, border: shape.border),
            let x = borderIndex(x, count: input.width, border: shape.border)
          {
            table[row + slot] = input.address(y, x)
          } else {
            table[row + slot] = outside
          }
        }
        row += step
      }
    }
  }
}
