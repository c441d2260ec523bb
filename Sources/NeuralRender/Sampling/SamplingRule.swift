import Compute

/// One way to get from the sample at a time and the noise predicted in it to the sample at the next.
protocol SamplingRule: Sendable {
  /// Whether the noise on the known region is drawn anew before each step, or once for all.
  var renewsKnownNoise: Bool { get }
  /// Whether the last step's sample has no noise left in it.
  var endsClean: Bool { get }

  /// The training times, in the order of steps.
  var times: [Int] { get }

  /// Brings `sample` from the step's time to the next one and sets `prediction`.
  func advance(_ step: Int, _ latents: LatentBuffers, _ source: any NoiseSource) throws
}

/// The memory of a sampler: arrays of as many floats as a latent has.
final class LatentBuffers {
  /// The sample, which lies with the caller.
  let sample: UnsafeMutableBufferPointer<Float>
  /// What the network predicts of the noise in it.
  let noise: UnsafeMutableBufferPointer<Float>
  /// What follows from that for the latent without noise.
  let prediction: UnsafeMutableBufferPointer<Float>
  /// Noise of the known region.
  let knownNoise: UnsafeMutableBufferPointer<Float>
  /// Noise that a step adds.
  let drawn: UnsafeMutableBufferPointer<Float>
  /// The sample one step earlier, and the predictions one and two steps earlier.
  let before: UnsafeMutableBufferPointer<Float>
  let newer: UnsafeMutableBufferPointer<Float>
  let older: UnsafeMutableBufferPointer<Float>
  private let memory: AlignedBuffer<Float>

  init(_ sample: UnsafeMutableBufferPointer<Float>) {
    let count = sample.count
    // Each array on cache lines of its own.
    let stride = (count + 15) & ~15
    memory = AlignedBuffer(count: 7 * stride, filledWith: 0)
    let base = memory.pointer
    func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: base + index * stride, count: count)
    }
    self.sample = sample
    noise = part(0)
    prediction = part(1)
    knownNoise = part(2)
    drawn = part(3)
    before = part(4)
    newer = part(5)
    older = part(6)
  }

  /// - Throws: `dataError` with the number of the step when the sample is not finite.
  func checkFinite(step: Int, of times: [Int]) throws {
    var largest: UInt32 = 0
    for element in sample { largest = max(largest, element.bitPattern & 0x7fff_ffff) }
    guard largest >= Float.infinity.bitPattern else { return }
    throw ProgramError(
      .dataError, "the sampler diverged", expected: "finite numbers",
      found: "others after step \(step + 1) of \(times.count), at time \(times[step])",
      hint: "the diffusion network's weights may be damaged or of another network")
  }
}
