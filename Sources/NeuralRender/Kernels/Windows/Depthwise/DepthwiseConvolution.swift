// Convolution of every channel with a filter of its own, channels last: bound by memory, so each pixel's
// taps are summed in registers and written once, with scale, bias, activation and residual.

import CSIMD
import Compute

/// Kernel size, step and padding of a window. The padding above and to the left is told; that below
/// and to the right follows from the output's extents.
struct WindowShape: Sendable, Equatable {
  var kernelHeight: Int
  var kernelWidth: Int
  var stride = 1
  var dilation = 1
  /// Pixels added above and to the left.
  var top = 0
  var left = 0
  var border = BorderMode.zero

  var taps: Int { kernelHeight * kernelWidth }
}

/// A convolution with as many groups as channels and outputs, `torch.nn.functional.conv2d` with
/// groups = C and weights (C, 1, kh, kw): activation(scale * sum + bias) + residual.
///
/// Zero padding adds nothing to a sum, not even where a weight is infinite. A pixel's bits do not
/// depend on the range in which it is computed: its taps are added in the order of the weights, one
/// fused multiply-add each.
struct DepthwiseConvolution: Sendable {
  let channels: Int
  let shape: WindowShape
  let activation: Activation
  let rows: WindowAxis
  let columns: WindowAxis
  /// [vector of channels][tap][16]; the last vector ends with the last channel.
  let weights: KernelTable<Float>
  /// [vector of channels][16], with a vector behind.
  let scale: KernelTable<Float>
  let bias: KernelTable<Float>
  /// Whether they ask for what comes from memory: rows that the output row above has not read.
  let foretells: Bool
  /// Weights, scale and bias repeated over a run of pixels; nothing where runs are not used.
  let repeated: RepeatedChannels

  /// - Parameters:
  ///   - weights: (channels, 1, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one a channel, multiplied to the sum.
  ///   - bias: one a channel, added after the scale.
  ///   - isCached: the input lies in the cache, however large.
  init(
    _ weights: UnsafePointer<Float>, channels: Int, shape: WindowShape, input: ImageSize,
    output: ImageSize, scale: [Float], bias: [Float], activation: Activation = .none,
    isCached: Bool = false
  ) {
    precondition(channels > 0 && scale.count == channels && bias.count == channels)
    self.channels = channels
    self.shape = shape
    self.activation = activation
    let bytes = 4 * input.height * input.width * channels
    foretells = !isCached && bytes > Self.cachedBytes
    rows = WindowAxis(
      input: input.height, output: output.height, taps: shape.kernelHeight, stride: shape.stride,
      dilation: shape.dilation, before: shape.top, border: shape.border)
    columns = WindowAxis(
      input: input.width, output: output.width, taps: shape.kernelWidth, stride: shape.stride,
      dilation: shape.dilation, before: shape.left, border: shape.border)
    let taps = shape.taps
    let vectors = (channels + 15) / 16
    // Lanes beyond eight channels are those of the next pixel, beyond others they repeat the last.
    func channel(_ vector: Int, _ lane: Int) -> Int {
      if channels == 8 { return lane % 8 }
      return min(max(min(16 * vector, channels - 16), 0) + lane, channels - 1)
    }
    self.weights = KernelTable(count: vectors * taps * 16) { index in
      weights[channel(index / (16 * taps), index % 16) * taps + index / 16 % taps]
    }
    self.scale = KernelTable(count: (vectors + 1) * 16) { scale[channel($0 / 16, $0 % 16)] }
    self.bias = KernelTable(count: (vectors + 1) * 16) { bias[channel($0 / 16, $0 % 16)] }
    repeated = RepeatedChannels(
      weights, channels: channels < Self.enoughChannels && shape.stride == 1 ? channels : 0,
      taps: taps,
      scale: scale, bias: bias)
  }

  /// From so many channels on tiles are faster than runs.
  private static let enoughChannels = csimd_vector_bytes() == 64 ? 16 : 8
  /// Images up to this lie in the second-level cache as a rule.
  private static let cachedBytes = 1 << 18

  /// The rows of the input that an output row reads, before border handling.
  func rowsRead(_ y: Int) -> Range<Int> { rows.read(y) }

  /// The columns of the input that an output column reads, before border handling.
  func columnsRead(_ x: Int) -> Range<Int> { columns.read(x) }

  /// Computes some pixels of an output row.
  ///
  /// - Parameter residual: added at the end; of the output's size. It may be the target itself.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    residual: FeatureMap? = nil
  ) {
    precondition(source.height == rows.input && source.width == self.columns.input)
    precondition(target.height == rows.output && target.width == self.columns.output)
    precondition(source.channels == channels && target.channels == channels)
    let maps = DepthwiseMaps(source: source, target: target, residual: residual)
    let inner = self.columns.interior(of: columns)
    edges(y, columns.lowerBound..<inner.lowerBound, maps)
    withFunction { function in interior(y, inner, maps, function) }
    edges(y, inner.upperBound..<columns.upperBound, maps)
  }

  /// Calls `body` with the activation as a type of its own, for which loops are made.
  @inline(__always)
  func withFunction(_ body: (any EpilogueFunction) -> Void) {
    switch activation {
    case .none: body(NoActivation())
    case .leakyReLU(let slope, let gain): body(LeakyActivation(slope: slope, gain: gain))
    case .clamp(let low, let high): body(ClampActivation(low: low, high: high))
    default: body(AnyActivation(activation: activation))
    }
  }

  private func interior(
    _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps, _ function: some EpilogueFunction
  ) {
    if repeated.channels > 0 && maps.arePacked && !arePaired(maps) {
      run(y, columns, maps, function)
    } else if channels < 8 {
      edges(y, columns, maps)
    } else {
      let end = tiles(y, columns, maps, function)
      edges(y, end..<columns.upperBound, maps)
    }
  }

  private func edges(_ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps) {
    guard !columns.isEmpty else { return }
    switch channels {
    case 16...: edges(SIMD16<Float>.self, y, columns, maps)
    case 8...: edges(SIMD8<Float>.self, y, columns, maps)
    case 4...: edges(SIMD4<Float>.self, y, columns, maps)
    case 3: edges(ThreeLanes.self, y, columns, maps)
    default: edges(Float.self, y, columns, maps)
    }
  }

  /// Pixels whose columns are looked up tap by tap.
  @inline(never)
  private func edges<Lanes: FloatLanes>(
    _: Lanes.Type, _ y: Int, _ columns: Range<Int>, _ maps: DepthwiseMaps
  ) {
    for x in columns {
      Lanes.forEach(channels) { first, shared in
        let piece = DepthwisePiece<Lanes>(self, first, shared)
        var sum = Lanes(repeating: 0)
        var weight = piece.weights
        for row in 0..<shape.kernelHeight {
          let sourceY = rows.position(y, row)
          if sourceY >= 0 {
            let line = maps.source.pixel(sourceY, 0) + first
            for column in 0..<shape.kernelWidth {
              let sourceX = self.columns.position(x, column)
              if sourceX >= 0 {
                let pixel = line + sourceX &* maps.source.pixelStride
                sum = Lanes(at: pixel).times(Lanes(at: weight + 16 &* column), plus: sum)
              }
            }
          }
          weight += 16 &* shape.kernelWidth
        }
        let value = AnyActivation(activation: activation).apply(piece.epilogue, sum.widened)
        maps.write(Lanes(firstOf: value), y, x, piece)
      }
    }
  }
}
