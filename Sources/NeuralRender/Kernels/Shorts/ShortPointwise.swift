// A convolution of 1 x 1 as products of whole numbers of 16 bits: pixels become such numbers where they are
// read, each with a scale of its own, so that nothing has to be known of them beforehand.

import CSIMD
import Compute

/// activation(scale * sum + bias) + residual of the channels of each pixel, as `PointwiseConvolution`.
///
/// Sums are exact: a pixel's bits depend on the pixel alone.
final class ShortPointwise: Sendable {
  let outputs: Int
  let channels: Int
  /// Panels of sixteen outputs, one after the other, [pair of channels][16].
  private let weights: AlignedBuffer<Int32>
  private let inverses: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>
  private let pixelsPerItem: Int
  private let panelsPerItem: Int

  /// With fewer, what is saved is lost by rounding pixels.
  static func pays(outputs: Int, channels: Int) -> Bool { channels >= 48 && outputs >= 32 }

  /// - Parameters: as `PointwiseConvolution`'s.
  /// - Returns: nil for weights that rounding would take too much from.
  init?(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, scale: [Float], bias: [Float],
    pixels: Int, pool: WorkerPool
  ) {
    precondition(outputs > 0 && channels > 0 && scale.count == outputs && bias.count == outputs)
    self.outputs = outputs
    self.channels = channels
    let panels = (outputs + 15) / 16
    self.weights = AlignedBuffer(count: panels * 16 * ShortRows.words(channels))
    inverses = AlignedBuffer(count: 16 * panels)
    scales = AlignedBuffer(count: (outputs + 31) & ~31, filledWith: 1)
    biases = AlignedBuffer(count: (outputs + 31) & ~31, filledWith: 0)
    for output in 0..<outputs {
      scales[output] = scale[output]
      biases[output] = bias[output]
    }
    // Rounded pixels stay in the second-level cache for all panels.
    pixelsPerItem = max(min(65536 / channels / 12 * 12, 480), 24)
    let runs = max((pixels + pixelsPerItem - 1) / pixelsPerItem, 1)
    let wanted = (Self.leastItems + runs - 1) / runs
    // Two panels are multiplied at once.
    panelsPerItem = (max((panels + wanted - 1) / wanted, 1) + 1) & ~1
    let errors = AlignedBuffer<RoundingError>(count: panels)
    nonisolated(unsafe) let (source, found) = (weights, errors.pointer)
    pool.run(panels) { panel, _ in found[panel] = self.pack(source, panel) }
    var error = RoundingError()
    for panel in 0..<panels { error += errors[panel] }
    guard error.isSmall else { return nil }
  }

  private func pack(_ source: UnsafePointer<Float>, _ panel: Int) -> RoundingError {
    let rows = AlignedBuffer<Float>(count: 16 * channels)
    transposeRows(
      source + 16 * panel * channels, stride: channels, rows: min(16, outputs - 16 * panel),
      depth: channels, rows.pointer, width: 16)
    return ShortPanel.pack(
      rows.pointer, depth: channels, to: weights.pointer + panel * panelWords,
      inverses: inverses.pointer + 16 * panel)
  }

  /// Pieces of work that can be shared out evenly.
  private static let leastItems = 4

  private var panels: Int { (outputs + 15) / 16 }
  private var panelWords: Int { 16 * ShortRows.words(channels) }
  private var panelGroups: Int { (panels + panelsPerItem - 1) / panelsPerItem }

  /// Words between rounded pixels: no multiple of a page, or all would fight for the same lines.
  private var rowStride: Int {
    let words = ShortRows.stride(channels)
    return words % 128 == 0 ? words + 16 : words
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int {
    ((ShortPanel.sumWords + pixelsPerItem * (rowStride + 1)) * 4 + 63) & ~63
  }

  /// Pieces of work for `run`.
  func itemCount(_ pieces: RowPieces) -> Int {
    (pieces.pixelCount + pixelsPerItem - 1) / pixelsPerItem * panelGroups
  }

  /// Computes some outputs of some pixels.
  func run(
    item: Int, pieces: RowPieces, input: FeatureMap, output: FeatureMap, epilogue: Epilogue,
    scratch: UnsafeMutableRawPointer
  ) {
    let (index, group) = item.quotientAndRemainder(dividingBy: panelGroups)
    let panels = group * panelsPerItem..<min((group + 1) * panelsPerItem, panels)
    var memory = ScratchPieces(scratch)
    let sums = memory.take(Int32.self, ShortPanel.sumWords)
    let rows = memory.take(Int32.self, pixelsPerItem * rowStride)
    let inverses = memory.take(Float.self, pixelsPerItem)
    pieces.forEachPart(index, of: pixelsPerItem) { y, columns in
      let x = columns.lowerBound
      for pixel in 0..<columns.count {
        inverses[pixel] = ShortRows.quantize(
          input.pixel(y, x + pixel), count: channels, to: rows + pixel * rowStride)
      }
      let run = Run(
        rows: rows, inverses: inverses, sums: sums, count: columns.count,
        target: output.pixel(y, x),
        step: output.pixelStride, residual: epilogue.residual.map { UnsafePointer($0.pixel(y, x)) },
        residualStep: epilogue.residual?.pixelStride ?? 0)
      switch epilogue.activation {
      case .clamp(let low, let high):
        multiply(run, panels, epilogue, ClampActivation(low: low, high: high))
      case .leakyReLU(let slope, let gain):
        multiply(run, panels, epilogue, LeakyActivation(slope: slope, gain: gain))
      default: multiply(run, panels, epilogue, NoActivation())
      }
    }
  }

  /// Rounded pixels and where their results go.
  private struct Run {
    let rows: UnsafePointer<Int32>
    let inverses: UnsafePointer<Float>
    /// Room for the sums of a tile.
    let sums: UnsafeMutablePointer<Int32>
    let count: Int
    let target: UnsafeMutablePointer<Float>
    let step: Int
    let residual: UnsafePointer<Float>?
    let residualStep: Int

    /// Writes a pixel's sums of sixteen outputs.
    @inline(__always)
    func finish(_ pixel: Int, _ sums: SIMD16<Int32>, _ outputs: Outputs, _ end: some PanelEnd) {
      finish16(
        csimd_to_f32(sums) * (outputs.own * SIMD16(repeating: inverses[pixel])),
        to: target + (pixel &* step &+ outputs.first), count: outputs.count, outputs.factors, end,
        residual: residual.map { $0 + (pixel &* residualStep &+ outputs.first) })
    }
  }

  /// Sixteen outputs of a panel.
  private struct Outputs {
    /// What their sums are multiplied with.
    let own: SIMD16<Float>
    let first: Int
    /// Those that exist.
    let count: Int
    let factors: OutputFactors
  }

  private func multiply(
    _ run: Run, _ panels: Range<Int>, _ epilogue: Epilogue, _ function: some EpilogueFunction
  ) {
    if epilogue.addsResidualFirst {
      multiply(run, panels, epilogue.factors, ResidualFirst(function: function))
    } else {
      multiply(run, panels, epilogue.factors, ResidualLast(function: function))
    }
  }

  @inline(never)
  private func multiply(
    _ run: Run, _ panels: Range<Int>, _ factors: OutputFactors?, _ end: some PanelEnd
  ) {
    let factors =
      factors
      ?? OutputFactors(
        scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer))
    var panel = panels.lowerBound
    while panel < panels.upperBound {
      let left = Outputs(
        own: load16(inverses.pointer + 16 &* panel), first: 16 &* panel,
        count: min(16, outputs &- 16 &* panel), factors: factors.advanced(by: 16 &* panel))
      let weights = UnsafePointer(weights.pointer + panel &* panelWords)
      if csimd_vector_bytes() == 64 && panel &+ 1 < panels.upperBound {
        let next = panel &+ 1
        let right = Outputs(
          own: load16(inverses.pointer + 16 &* next), first: 16 &* next,
          count: min(16, outputs &- 16 &* next), factors: factors.advanced(by: 16 &* next))
        ShortPanel.multiply(
          run.rows, stride: rowStride, count: run.count, first: weights,
          second: weights + panelWords, words: ShortRows.words(channels), sums: run.sums
        ) { pixel, sums, others in
          run.finish(pixel, sums, left, end)
          run.finish(pixel, others, right, end)
        }
        panel &+= 2
      } else {
        ShortPanel.multiply(
          run.rows, stride: rowStride, count: run.count, panel: weights,
          words: ShortRows.words(channels)
        ) { pixel, sums in run.finish(pixel, sums, left, end) }
        panel &+= 1
      }
    }
  }
}
