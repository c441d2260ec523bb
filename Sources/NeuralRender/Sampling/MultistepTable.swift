import Compute
import Foundation

/// The times and weights of a solver that integrates the diffusion's ordinary differential equation
/// from predictions of the finished latent at a few times.
///
/// With `s` and `n` the shares of signal and noise and `l = ln(s / n)`, from one time to a later one
///
///     x' = n'/n x + s' * integral of exp(l - l') D(l) dl,   from l to l',
///
/// where D is the prediction of the finished latent. In place of D stands a polynomial in l through
/// predictions that are there, whose integral is exact: weights for each of them. The last step goes to
/// where no noise is left and is its prediction.
///
/// Matches: C. Lu et al., "DPM-Solver++: fast solver for guided sampling of diffusion probabilistic
/// models", 2022; W. Zhao et al., "UniPC: a unified predictor-corrector framework for fast sampling of
/// diffusion models", 2023 (the multistep form in data prediction, second order, weights solved for).
struct MultistepTable: Sendable {
  /// Weights of the sample before and of predictions, the newest first.
  struct Weights: Sendable, Equatable {
    var sample: Float = 0
    var predictions: (Float, Float, Float) = (0, 0, 0)
    /// Of noise that is drawn.
    var drawn: Float = 0

    static func == (one: Weights, other: Weights) -> Bool {
      one.sample == other.sample && one.predictions == other.predictions
        && one.drawn == other.drawn
    }
  }

  /// The training times, falling.
  let times: [Int]
  /// Of each step: shares of signal and noise at its time.
  let signal: [Float]
  let noise: [Float]
  /// To the next step's time.
  let predictors: [Weights]
  /// From the step before to this one's time, once this one's prediction is there; nil where nothing is
  /// corrected.
  let correctors: [Weights?]
  let isStochastic: Bool

  init(steps: Int, method: Method, schedule: NoiseSchedule) throws {
    let times = try Self.times(steps: steps, of: schedule)
    let levels = times.map { Level(power: Double(schedule.cumulativeAlphas[$0])) }
    self.times = times
    isStochastic = method == .stochastic
    signal = levels.map { Float($0.signal) }
    noise = levels.map { Float($0.noise) }
    predictors = times.indices.map { step in
      guard step + 1 < levels.count else { return Weights(predictions: (1, 0, 0)) }
      let nodes = [levels[step]] + (step > 0 ? [levels[step - 1]] : [])
      return switch method {
      case .dpmSolver: Self.midpointWeights(from: nodes, to: levels[step + 1])
      case .stochastic: Self.stochasticWeights(from: nodes, to: levels[step + 1])
      case .uniPC: Self.weights(from: levels[step], to: levels[step + 1], nodes: nodes)
      }
    }
    correctors = times.indices.map { step in
      guard method == .uniPC, step > 0 else { return nil }
      let nodes = (max(0, step - 2)...step).reversed().map { levels[$0] }
      return Self.weights(from: levels[step - 1], to: levels[step], nodes: nodes)
    }
  }

  enum Method { case dpmSolver, stochastic, uniPC }

  /// Times from the last one of training on that divide the way to the clean latent evenly: two thirds of
  /// the way are counted in the logarithm of signal to noise, in which solvers' errors grow, one third
  /// in time, which gives large forms at high noise their share of few steps. From the last of these
  /// times one step of the same length leads to what is clean (`docs/QUALITY.md` has the figures).
  private static func times(steps: Int, of schedule: NoiseSchedule) throws -> [Int] {
    let count = schedule.count
    guard steps >= 1, steps <= count else {
      throw ProgramError(
        .usage, "the sampler cannot take so many steps", expected: "1 ... \(count)",
        found: "\(steps)")
    }
    let ratios = schedule.cumulativeAlphas.map { Level(power: Double($0)).logRatio }
    let range = ratios[0] - ratios[count - 1]
    // The way from time 0, falling to -1.5 at the last time.
    let way = ratios.enumerated().map { time, ratio in
      (ratio - ratios[0]) / range - 0.5 * Double(time) / Double(count - 1)
    }
    var times: [Int] = []
    for step in 0..<steps {
      let place = way[count - 1] * (1 - Double(step) / Double(steps))
      var nearest = times.last ?? count - 1
      while nearest > 0, abs(way[nearest - 1] - place) <= abs(way[nearest] - place) { nearest -= 1 }
      times.append(nearest)
    }
    // Where times of training lie farther apart than steps, each is taken once, from the end on.
    for step in times.indices.reversed().dropFirst() {
      times[step] = max(times[step], times[step + 1] + 1)
    }
    return times.enumerated().map { min($1, count - 1 - $0) }
  }

  /// A time's noise.
  private struct Level {
    let signal: Double
    let noise: Double
    let logRatio: Double

    init(power: Double) {
      signal = power.squareRoot()
      noise = (1 - power).squareRoot()
      logRatio = log(signal / noise)
    }
  }

  /// The weights of predictions at 1 ... 3 different levels.
  private static func weights(from start: Level, to end: Level, nodes: [Level]) -> Weights {
    let step = end.logRatio - start.logRatio
    let places = nodes.map { $0.logRatio - start.logRatio }
    let moments = moments(step)
    // The integral of each node's polynomial, which is one there and zero at the others.
    var result = [0.0, 0.0, 0.0]
    for (index, place) in places.enumerated() {
      var others = places
      others.remove(at: index)
      let divisor = others.reduce(1) { $0 * (place - $1) }
      let integral =
        switch others.count {
        case 0: moments.0
        case 1: moments.1 - others[0] * moments.0
        default:
          moments.2 - (others[0] + others[1]) * moments.1 + others[0] * others[1] * moments.0
        }
      result[index] = end.signal * integral / divisor
    }
    return Weights(
      sample: Float(end.noise / start.noise),
      predictions: (Float(result[0]), Float(result[1]), Float(result[2])))
  }

  /// The weights of DPM-Solver++ (2M): the newest prediction and half its change since the one before,
  /// by the ratio of the steps.
  private static func midpointWeights(from nodes: [Level], to end: Level) -> Weights {
    let start = nodes[0]
    let step = end.logRatio - start.logRatio
    let whole = -end.signal * expm1(-step)
    let share = nodes.count > 1 ? step / (2 * (start.logRatio - nodes[1].logRatio)) : 0
    return Weights(
      sample: Float(end.noise / start.noise),
      predictions: (Float(whole * (1 + share)), Float(-whole * share), 0))
  }

  /// Those of SDE-DPM-Solver++ (2M): twice the way in the exponent, and noise for what it loses.
  private static func stochasticWeights(from nodes: [Level], to end: Level) -> Weights {
    let start = nodes[0]
    let step = end.logRatio - start.logRatio
    let lost = -expm1(-2 * step)
    let share = nodes.count > 1 ? step / (2 * (start.logRatio - nodes[1].logRatio)) : 0
    return Weights(
      sample: Float(end.noise / start.noise * exp(-step)),
      predictions: (
        Float(end.signal * lost * (1 + share)), Float(-end.signal * lost * share), 0
      ),
      drawn: Float(end.noise * lost.squareRoot()))
  }

  /// Integrals of `exp(u - step) u^k` over 0 ... step, for k = 0, 1, 2.
  private static func moments(_ step: Double) -> (Double, Double, Double) {
    let first = -expm1(-step)
    guard step < 0.5 else {
      let second = step - first
      return (first, second, step * step - 2 * second)
    }
    // As differences they would lose their digits: the series of exp(-v), v = step - u, term by term.
    var (second, third, power) = (0.0, 0.0, step * step)
    for k in 0..<18 {
      let n = Double(k)
      second += power / ((n + 1) * (n + 2))
      third += 2 * power * step / ((n + 1) * (n + 2) * (n + 3))
      power *= -step / (n + 1)
    }
    return (first, second, third)
  }
}
