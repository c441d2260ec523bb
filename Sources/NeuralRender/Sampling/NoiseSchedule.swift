import Compute
import TensorFiles

/// How much of a latent and how much noise a diffusion model has seen at each of its training times:
/// `x_t = signal[t] x_0 + noise[t] n` with `n` of the standard normal distribution.
///
/// Matches: J. Ho, A. Jain, P. Abbeel, "Denoising diffusion probabilistic models", 2020; the buffers of
/// `register_schedule` in latent diffusion (R. Rombach et al., 2022), which DINAR took over.
public struct NoiseSchedule: Sendable, Equatable {
  /// The share of the signal's power that is left at time t (the product of 1 - beta up to t): falling,
  /// between 0 and 1, both excluded.
  public let cumulativeAlphas: [Float]
  /// Square roots of the power left and of the power of the noise, each rounded from double precision.
  public let signal: [Float]
  public let noise: [Float]

  /// The number of training times (1,000): times are 0 ..< count.
  public var count: Int { cumulativeAlphas.count }

  /// The schedule that is called linear: the square root of beta grows evenly.
  ///
  /// - Parameters:
  ///   - start, end: the first and the last beta, over 0 and less than 1 (`linear_start`, `linear_end`).
  ///   - count: 2 ... 2^20 (`timesteps`).
  /// - Throws: `dataError` when they are not so.
  public init(linearStart start: Double = 0.0003, end: Double = 0.02, count: Int = 1000) throws {
    let betas = try Self.linearBetas(start: start, end: end, count: count)
    var left = 1.0
    let products = betas.map { beta -> Double in
      left *= 1 - beta
      return left
    }
    cumulativeAlphas = products.map { Float($0) }
    signal = products.map { Float($0.squareRoot()) }
    noise = products.map { Float((1 - $0).squareRoot()) }
    try check(file: nil, key: nil)
  }

  /// The variance of the noise that each step of training's chain adds.
  static func linearBetas(start: Double, end: Double, count: Int) throws -> [Double] {
    guard start > 0, start < 1, end > 0, end < 1 else {
      throw ProgramError(
        .dataError, "the noise schedule's betas are out of range",
        expected: "numbers between 0 and 1",
        found: "\(start) and \(end)")
    }
    try checkCount(count, file: nil, key: nil)
    let (first, last) = (start.squareRoot(), end.squareRoot())
    let step = (last - first) / Double(count - 1)
    return (0..<count).map { index in
      // From the nearer end, as torch.linspace.
      let root =
        index < count / 2 ? first + step * Double(index) : last - step * Double(count - 1 - index)
      return root * root
    }
  }

  /// The schedule that a checkpoint was trained with, from its buffers.
  ///
  /// - Throws: `dataError` when one is missing, or they are no schedule.
  public init(of source: some NamedArrays) throws {
    func table(_ key: String) throws -> [Float] {
      guard source.contains(key) else {
        throw ProgramError(
          .dataError, "the file holds no noise schedule", file: source.file, key: key,
          hint: "give a whole checkpoint of the diffusion model, with its buffers")
      }
      let shape = try source.header(key).shape
      guard shape.count == 1 else {
        throw ProgramError(
          .dataError, "the noise schedule is no row of numbers", file: source.file, key: key,
          found: "\(shape)")
      }
      try Self.checkCount(shape[0], file: source.file, key: key)
      return try source.tensor(key).floats()
    }
    cumulativeAlphas = try table(Self.cumulativeKey)
    signal = try table("sqrt_alphas_cumprod")
    noise = try table("sqrt_one_minus_alphas_cumprod")
    guard signal.count == count, noise.count == count else {
      throw ProgramError(
        .dataError, "the noise schedule's tables differ in length", file: source.file,
        expected: "\(count)", found: "\(signal.count) and \(noise.count)")
    }
    try check(file: source.file, key: Self.cumulativeKey)
  }

  private static let cumulativeKey = "alphas_cumprod"

  private static func checkCount(_ count: Int, file: String?, key: String?) throws {
    guard count >= 2, count <= 1 << 20 else {
      throw ProgramError(
        .dataError, "the noise schedule has a wrong number of times", file: file, key: key,
        expected: "2 ... 1048576", found: "\(count)")
    }
  }

  private func check(file: String?, key: String?) throws {
    var before = Float(1)
    for (time, value) in cumulativeAlphas.enumerated() {
      let root = value.squareRoot()
      let rest = (1 - value).squareRoot()
      guard value > 0, value < before, abs(signal[time] - root) <= 1e-3,
        abs(noise[time] - rest) <= 1e-3
      else {
        throw ProgramError(
          .dataError, "the noise schedule is not one of falling signal and its square roots",
          file: file, key: key, found: "\(value) at time \(time)")
      }
      before = value
    }
  }
}
