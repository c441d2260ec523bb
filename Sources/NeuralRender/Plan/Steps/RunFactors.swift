import CSIMD
import Compute

/// Scale and bias by channel of which a part is computed in every run by other steps (a style's
/// demodulation, the embedding of a time, a gate, a norm): (scale x + bias) S + O, or scale S x + bias + O.
final class RunFactors: @unchecked Sendable {
  // Sendable: `bind` happens before the first run; `prepare` runs before the workers do.

  /// What is the same in every run.
  private let scale: [Float]
  private let bias: [Float]
  /// S and O: N or 1 images of one pixel with all channels.
  private let factor: Place?
  private let offset: Place?
  /// Scale and bias of each image, each padded to a multiple of 32.
  let room: Place
  private let padded: Int
  private let scalesBias: Bool
  private var sources: [(factor: FeatureMap?, offset: FeatureMap?)] = []
  private var targets: [FeatureMap] = []

  /// - Parameters:
  ///   - room: of `floats(channels)` channels, one pixel, as many images as the step has.
  ///   - scalesBias: S comes after the bias.
  init(
    scale: [Float], bias: [Float], factor: Place?, offset: Place?, room: Place,
    scalesBias: Bool = true
  ) {
    self.scalesBias = scalesBias
    self.scale = scale
    self.bias = bias
    self.factor = factor
    self.offset = offset
    self.room = room
    padded = Self.floats(scale.count) / 2
  }

  /// Floats of room for an image.
  static func floats(_ channels: Int) -> Int { 2 * ((channels + 31) & ~31) }

  /// What it reads.
  var inputs: [Place] { [factor, offset].compactMap { $0 } }

  func bind(_ memory: PlanMemory) {
    func map(_ place: Place?, _ image: Int) -> FeatureMap? {
      place.map { memory.map($0, image: $0.images == 1 ? 0 : image) }
    }
    sources = (0..<room.images).map { (map(factor, $0), map(offset, $0)) }
    targets = (0..<room.images).map { memory.map(room, image: $0) }
  }

  /// Computes the factors of an image.
  func prepare(_ image: Int) -> OutputFactors {
    let target = targets[image].base
    let (scales, biases) = (target, target + padded)
    let (factor, offset) = (sources[image].factor?.base, sources[image].offset?.base)
    for channel in scale.indices {
      let s = factor?[channel] ?? 1
      scales[channel] = scale[channel] * s
      biases[channel] = bias[channel] * (scalesBias ? s : 1) + (offset?[channel] ?? 0)
    }
    for channel in scale.count..<padded {
      scales[channel] = 0
      biases[channel] = 0
    }
    return OutputFactors(scale: UnsafePointer(scales), bias: UnsafePointer(biases))
  }
}

extension PlanCompiler {
  /// The factors of a chain; nil where all of them are constant.
  mutating func runFactors(_ chain: ChannelChain, images: Int, _ name: String) throws -> RunFactors?
  {
    if chain.factor == nil && chain.offset == nil { return nil }
    return RunFactors(
      scale: chain.scale, bias: chain.bias, factor: try chain.factor.map { try image($0) },
      offset: try chain.offset.map { try image($0) },
      room: try newPlace([images, RunFactors.floats(chain.scale.count), 1, 1], name))
  }
}
