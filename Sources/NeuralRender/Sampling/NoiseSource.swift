import Compute

/// What noise is drawn for while a neural texture is made and inpainted.
public enum NoiseUse: Hashable, Sendable {
  /// The encoder's third input.
  case encoder
  /// A layer of the generator, counted from 0 in the order in which it draws.
  case generator(layer: Int)
  /// What sampling begins with.
  case latent
  /// The noise on the known region before a step of the sampler, counted from 0 in the order of steps.
  case knownRegion(step: Int)
  /// The noise that a step adds.
  case step(Int)
}

/// Where numbers of the standard normal distribution come from.
///
/// Each use has numbers of its own, whatever else is drawn and in whatever order.
public protocol NoiseSource: Sendable {
  /// Sets all elements.
  ///
  /// - Throws: when the source has no such noise.
  func fill(_ buffer: UnsafeMutableBufferPointer<Float>, for use: NoiseUse) throws
}

extension NoiseSource {
  /// Noise of a shape.
  public func tensor(_ shape: [Int], for use: NoiseUse) throws -> Tensor {
    try Tensor(shape: shape) { try fill($0, for: use) }
  }
}

/// Noise by a seed: the same on every machine and for any number of threads, one stream a use.
public struct SeededNoise: NoiseSource {
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func fill(_ buffer: UnsafeMutableBufferPointer<Float>, for use: NoiseUse) {
    func stream(_ name: String, _ index: Int = 0) -> PhiloxRandom {
      PhiloxRandom(seed: seed, use: name, index: UInt64(truncatingIfNeeded: index))
    }
    let random =
      switch use {
      case .encoder: stream("texture encoder")
      case .generator(let layer): stream("texture generator", layer)
      case .latent: stream("diffusion latent")
      case .knownRegion(let step): stream("diffusion known region", step)
      case .step(let step): stream("diffusion step", step)
      }
    random.fillNormal(buffer)
  }
}

/// Noise that was recorded: repeats what another program drew.
public struct RecordedNoise: NoiseSource {
  public var tensors: [NoiseUse: Tensor]

  public init(_ tensors: [NoiseUse: Tensor]) { self.tensors = tensors }

  /// Throws `dataError` when nothing was recorded for a use, or another number of elements.
  public func fill(_ buffer: UnsafeMutableBufferPointer<Float>, for use: NoiseUse) throws {
    let recorded = tensors[use]
    guard let recorded, recorded.count == buffer.count else {
      throw ProgramError(
        .dataError, "the recorded noise is not what is drawn", key: "\(use)",
        expected: "\(buffer.count) numbers", found: recorded.map { "\($0.shape)" } ?? "none")
    }
    recorded.withUnsafeBuffer { _ = buffer.update(fromContentsOf: $0) }
  }
}
