import Compute

/// At which training times the published DDIM asks its network, and what it then mixes.
///
/// With `S` steps wanted and `N` training times it takes every `c = N / S` (rounded down) of them, one
/// later: 1, 1 + c, 1 + 2c, ... So there are N / c steps, rounded up, which may be more than `S`.
///
/// Matches: `make_ddim_timesteps` ("uniform") and `make_ddim_sampling_parameters` of latent diffusion,
/// with the precision of each operation, of torch tensors beside NumPy arrays.
public struct DDIMTimes: Sendable {
  /// Rising; sampling goes through them from the last to the first.
  public let times: [Int]
  /// Of each time: the power of the signal at it and at the time before, which at the first is time 0.
  let alphas: [Float]
  let previousAlphas: [Float]
  /// The noise that is added after each time's step.
  let sigmas: [Float]
  let rootsOfRest: [Float]

  /// - Parameters:
  ///   - steps: how many are wanted.
  ///   - eta: 0 for none, 1 for as much noise as the chain of training has; 0 ... 1.
  /// - Throws: `usage` when there is no such number of steps or the published rule fails with it: the
  ///   last time would lie behind the last one of training.
  public init(steps: Int, eta: Double, schedule: NoiseSchedule) throws {
    guard eta >= 0, eta <= 1 else {
      throw ProgramError(.usage, "eta is out of range", expected: "0 ... 1", found: "\(eta)")
    }
    times = try Self.times(steps: steps, of: schedule.count)
    let table = schedule.cumulativeAlphas
    alphas = times.map { table[$0] }
    previousAlphas = [table[0]] + alphas.dropLast()
    rootsOfRest = alphas.map { (1 - $0).squareRoot() }
    sigmas = zip(alphas, previousAlphas).map { alpha, previous in
      let (now, before) = (Double(alpha), Double(previous))
      return Float(eta * (Double(1 / (1 - alpha)) * (1 - before) * (1 - now / before)).squareRoot())
    }
  }

  private static func times(steps: Int, of count: Int) throws -> [Int] {
    guard steps >= 1, steps <= count else {
      throw ProgramError(
        .usage, "DDIM cannot take so many steps", expected: "1 ... \(count)", found: "\(steps)")
    }
    guard works(steps, of: count) else {
      let fewer = (1..<steps).last { works($0, of: count) }
      let more = (steps..<count).first { works($0, of: count) }
      let neighbours = [fewer, more].compactMap { $0.map(String.init) }.joined(separator: " or ")
      throw ProgramError(
        .usage, "DDIM's published times for this number of steps pass the last of training",
        expected: "times up to \(count - 1)",
        found: "\(steps) steps, of which the first is at \(count)",
        hint: neighbours.isEmpty
          ? "another solver has no such gaps"
          : "take \(neighbours) steps; another solver has no such gaps")
    }
    return Array(stride(from: 1, through: count, by: count / steps))
  }

  /// Whether the last time is one of training.
  private static func works(_ steps: Int, of count: Int) -> Bool {
    (count - 1) % (count / steps) != 0
  }
}
