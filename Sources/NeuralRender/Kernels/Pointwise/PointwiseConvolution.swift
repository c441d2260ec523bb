// A convolution of 1 x 1 as a matrix product of pixels at equal distances, finished in registers: where few
// channels are summed, a tile's way through memory would take as long as its sums.

import CSIMD
import Compute

/// activation(scale * sum + bias) + residual, or activation(scale * sum + bias + residual), of the channels of
/// each pixel.
///
/// A pixel's sum takes its channels in order, one fused multiply-add each, whatever tile it falls in.
final class PointwiseConvolution: Sendable {
  let outputs: Int
  let channels: Int
  /// Panels of weights, one after the other, [channel][width].
  private let weights: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>
  private let panels: [Panel]
  /// Pixels of a piece of work.
  private let pixelsPerItem: Int
  /// Panels of a piece of work.
  private let panelsPerItem: Int

  private struct Panel {
    /// The first output.
    let first: Int
    let width: Int
    /// Outputs that exist.
    let count: Int
    /// Where its weights begin.
    let start: Int
  }

  /// Outputs in a register.
  private static var lanes: Int { csimd_vector_bytes() == 64 ? 16 : 8 }

  /// Whether it is a product of pixels whose function can be done to sums in registers.
  static func supports(_ shape: ConvolutionShape, _ activation: Activation) -> Bool {
    shape.taps == 1 && shape.stride == 1 && shape.top == 0 && shape.left == 0
      && supports(activation)
  }

  static func supports(_ activation: Activation) -> Bool {
    guard csimd_vector_bytes() >= 32 else { return false }
    return switch activation {
    case .none, .leakyReLU, .clamp: true
    case .tanh, .sigmoid, .silu: false
    }
  }

  /// - Parameters:
  ///   - weights: (outputs, channels, 1, 1), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pixels: about as many are shared out to threads.
  ///   - pool: shares out the packing.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, scale: [Float], bias: [Float],
    pixels: Int = 1, pool: WorkerPool? = nil
  ) {
    precondition(outputs > 0 && channels > 0 && scale.count == outputs && bias.count == outputs)
    self.outputs = outputs
    self.channels = channels
    var panels: [Panel] = []
    var (first, start) = (0, 0)
    while first < outputs {
      let left = outputs - first
      let width = Self.width(left)
      panels.append(Panel(first: first, width: width, count: min(width, left), start: start))
      first += width
      start += width * channels
    }
    self.panels = panels
    self.weights = AlignedBuffer(count: start)
    let padded = max(first, (outputs + 31) & ~31)
    scales = AlignedBuffer(count: padded, filledWith: 1)
    biases = AlignedBuffer(count: padded, filledWith: 0)
    for output in 0..<outputs {
      scales[output] = scale[output]
      biases[output] = bias[output]
    }
    // The pixels of a piece of work stay in the second-level cache for all of its panels.
    let room = max(32768 / channels / 12 * 12, 24)
    pixelsPerItem = min(room, 480)
    let runs = max((pixels + pixelsPerItem - 1) / pixelsPerItem, 1)
    let wanted = (Self.leastItems + runs - 1) / runs
    panelsPerItem = max((panels.count + wanted - 1) / wanted, 1)
    nonisolated(unsafe) let source = weights
    if let pool {
      pool.run(panels.count) { index, _ in self.pack(source, self.panels[index]) }
    } else {
      for panel in panels { pack(source, panel) }
    }
  }

  /// Of the next panel where `left` outputs remain: three registers where a fourth would be empty, one of sixteen
  /// lanes where the second would be.
  private static func width(_ left: Int) -> Int {
    let pair = 2 * lanes
    if left > pair && left <= pair + lanes { return pair + lanes }
    return lanes == 16 && left <= lanes ? lanes : pair
  }

  private func pack(_ source: UnsafePointer<Float>, _ panel: Panel) {
    transposeRows(
      source + panel.first * channels, stride: channels, rows: panel.count, depth: channels,
      weights.pointer + panel.start, width: panel.width)
  }

  /// Pieces of work that can be shared out evenly.
  private static let leastItems = 4

  private var panelGroups: Int { (panels.count + panelsPerItem - 1) / panelsPerItem }

  /// Pieces of work for `run`.
  func itemCount(_ pieces: RowPieces) -> Int {
    (pieces.pixelCount + pixelsPerItem - 1) / pixelsPerItem * panelGroups
  }

  /// Computes some outputs of some pixels.
  func run(item: Int, pieces: RowPieces, input: FeatureMap, output: FeatureMap, epilogue: Epilogue)
  {
    let (index, group) = item.quotientAndRemainder(dividingBy: panelGroups)
    let panels = group * panelsPerItem..<min((group + 1) * panelsPerItem, panels.count)
    pieces.forEachPart(index, of: pixelsPerItem) { y, columns in
      let x = columns.lowerBound
      run(
        PixelRun(
          source: input.pixel(y, x), step: input.pixelStride, count: columns.count,
          target: output.pixel(y, x), places: EvenPlaces(step: output.pixelStride),
          residual: epilogue.residual.map { UnsafePointer($0.pixel(y, x)) },
          residualStep: epilogue.residual?.pixelStride ?? 0),
        panels: panels, epilogue)
    }
  }

  /// Computes all outputs of a run of pixels, without factors of a run.
  func run(_ run: PixelRun<some PixelPlaces>, activation: Activation) {
    self.run(run, panels: 0..<panels.count, Epilogue(activation: activation))
  }

  private func run(_ run: PixelRun<some PixelPlaces>, panels: Range<Int>, _ epilogue: Epilogue) {
    switch epilogue.activation {
    case .clamp(let low, let high):
      self.run(run, panels, epilogue, ClampActivation(low: low, high: high))
    case .leakyReLU(let slope, let gain):
      self.run(run, panels, epilogue, LeakyActivation(slope: slope, gain: gain))
    default: self.run(run, panels, epilogue, NoActivation())
    }
  }

  private func run(
    _ run: PixelRun<some PixelPlaces>, _ panels: Range<Int>, _ epilogue: Epilogue,
    _ function: some EpilogueFunction
  ) {
    if epilogue.addsResidualFirst {
      self.run(run, panels, epilogue.factors, ResidualFirst(function: function))
    } else {
      self.run(run, panels, epilogue.factors, ResidualLast(function: function))
    }
  }

  private func run(
    _ run: PixelRun<some PixelPlaces>, _ panels: Range<Int>, _ factors: OutputFactors?,
    _ end: some PanelEnd
  ) {
    let factors =
      factors
      ?? OutputFactors(
        scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer))
    for index in panels {
      let panel = self.panels[index]
      var run = run
      run.target += panel.first
      run.residual = run.residual.map { $0 + panel.first }
      let weights = UnsafePointer(weights.pointer + panel.start)
      let factors = factors.advanced(by: panel.first)
      if csimd_vector_bytes() == 64 {
        if panel.width == 48 {
          multiplyRun(
            FourPixels<Columns48>.self, run, weights: weights, depth: channels,
            count: panel.count, factors, end)
        } else if panel.width == 16 {
          multiplyRun(
            TwelvePixels<Columns16>.self, run, weights: weights, depth: channels,
            count: panel.count, factors, end)
        } else {
          multiplyRun(
            SixPixels<Columns32>.self, run, weights: weights, depth: channels,
            count: panel.count, factors, end)
        }
      } else if panel.width == 24 {
        multiplyRun(
          FourPixels<Columns24>.self, run, weights: weights, depth: channels,
          count: panel.count, factors, end)
      } else {
        multiplyRun(
          SixPixels<Columns16>.self, run, weights: weights, depth: channels,
          count: panel.count, factors, end)
      }
    }
  }
}
