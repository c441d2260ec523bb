import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// Where latents are of a normal distribution, the best denoiser and the path of each sample are known
/// in closed form.
@Suite struct DiffusionSamplerTests {
  static let shape = [2, 3, 4, 5]
  static let count = 120
  /// Mean and deviation of the latents, the same everywhere.
  static let (mean, deviation) = (0.7, 0.4)

  @Test(arguments: [1, 2, 3, 10, 50, 1000])
  func aPointIsFoundByAnySolver(steps: Int) throws {
    // All latents are the same number: the noise is known exactly.
    let schedule = try NoiseSchedule()
    let target = Float(0.3)
    for solver in [
      DiffusionSampler.Solver.dpmSolver(steps: steps), .uniPC(steps: steps),
      .stochasticDPMSolver(steps: steps),
    ] {
      let sampler = try DiffusionSampler(solver, schedule: schedule)
      #expect(sampler.times.count == steps)
      let result = try sampler.sample(shape: Self.shape, noise: SeededNoise(seed: 1)) {
        sample, time, noise in
        for k in sample.indices {
          noise[k] = (sample[k] - schedule.signal[time] * target) / schedule.noise[time]
        }
      }
      // Predictions of early times divide by the little signal that there is.
      #expect(result.elements.allSatisfy { abs($0 - target) < 2e-4 }, "\(solver)")
    }
  }

  @Test func errorsFallWithTheSolversOrder() throws {
    func errors(_ solver: (Int) -> DiffusionSampler.Solver) throws -> [Double] {
      try [20, 40, 80].map { try Self.error(solver($0)) }
    }
    let first = try errors { .ddim(steps: $0, eta: 0) }
    let second = try errors { .dpmSolver(steps: $0) }
    let third = try errors { .uniPC(steps: $0) }
    // Each doubling of the steps: by 2, by 4, by 8 where the error follows its first term.
    for (errors, least) in [(first, 1.8), (second, 3.7), (third, 5)] {
      #expect(errors[0] / errors[1] > least && errors[1] / errors[2] > least, "\(errors)")
    }
    #expect(second[1] < first[1] / 10 && third[1] < second[1] / 3, "\(first) \(second) \(third)")
  }

  /// The largest distance of a solver's samples, at the last time that it asks for, from where the
  /// differential equation leads.
  private static func error(_ solver: DiffusionSampler.Solver) throws -> Double {
    let schedule = try NoiseSchedule()
    let sampler = try DiffusionSampler(solver, schedule: schedule)
    let noise = SeededNoise(seed: 5)
    let start = try noise.tensor(shape, for: .latent).elements
    var found: [Float] = []
    _ = try sampler.sample(shape: shape, noise: noise) { sample, time, noise in
      gaussianNoise(sample, time, schedule, noise)
      if time == sampler.times.last { found = Array(sample) }
    }
    let (from, to) = (
      marginal(sampler.times[0], schedule), marginal(sampler.times.last ?? 0, schedule)
    )
    return zip(start, found).map { start, found in
      // The path keeps the number of deviations from the mean.
      abs(Double(found) - (to.mean + (Double(start) - from.mean) / from.deviation * to.deviation))
    }.max() ?? .infinity
  }

  @Test func samplesHaveTheLatentsDistribution() throws {
    let schedule = try NoiseSchedule()
    let shape = [1, 4, 64, 64]
    // DDIM adds noise in its last step and begins before the last time of training.
    for (solver, bound) in [
      (DiffusionSampler.Solver.uniPC(steps: 20), 0.01),
      (.stochasticDPMSolver(steps: 20), 0.02), (.ddim(steps: 200), 0.02),
    ] {
      let result = try DiffusionSampler(solver, schedule: schedule).sample(
        shape: shape, noise: SeededNoise(seed: 11)
      ) { Self.gaussianNoise($0, $1, schedule, $2) }
      let values = result.elements.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(abs(mean - Self.mean) < bound, "\(solver)")
      #expect(abs(variance.squareRoot() - Self.deviation) < bound, "\(solver)")
    }
  }

  @Test(arguments: [
    DiffusionSampler.Solver.uniPC(steps: 6), .dpmSolver(steps: 6), .stochasticDPMSolver(steps: 6),
    .ddim(steps: 10, eta: 0),
  ])
  func aKnownRegionIsKept(solver: DiffusionSampler.Solver) throws {
    let schedule = try NoiseSchedule()
    let latent = try SeededNoise(seed: 9).tensor(Self.shape, for: .encoder)
    let sampler = try DiffusionSampler(solver, schedule: schedule)
    /// Known in the left columns of the second image.
    func mask(_ column: Int, _ image: Int) -> Float { image == 1 && column < 2 ? 1 : 0 }
    let masks = (0..<40).map { mask($0 % 5, $0 / 20) }
    let known = try KnownRegion(latent: latent, mask: Tensor(shape: [2, 1, 4, 5], masks))
    var asked = 0
    let result = try sampler.sample(
      shape: Self.shape, known: known, noise: SeededNoise(seed: 2)
    ) { sample, time, noise in
      asked += 1
      // The network sees the region with as much noise as the time has.
      for k in sample.indices where masks[k / 60 * 20 + k % 20] == 1 {
        let rest = sample[k] - schedule.signal[time] * latent[k]
        #expect(abs(rest) < 5 * schedule.noise[time])
      }
      Self.gaussianNoise(sample, time, schedule, noise)
    }
    #expect(asked == sampler.times.count)
    // DDIM's own last step has no mask and some noise.
    let isClean = if case .ddim = solver { false } else { true }
    for k in 0..<Self.count {
      let isKnown = masks[k / 60 * 20 + k % 20] == 1
      if isKnown && isClean { #expect(result[k] == latent[k]) }
      if !isKnown { #expect(result[k] != latent[k]) }
    }
  }

  @Test func aWholeKnownLatentComesBack() throws {
    let schedule = try NoiseSchedule()
    let latent = try SeededNoise(seed: 9).tensor(Self.shape, for: .encoder)
    let mask = Tensor(shape: [2, 1, 4, 5], repeating: 1)
    let known = try KnownRegion(latent: latent, mask: mask)
    for solver in [DiffusionSampler.Solver.uniPC(steps: 3), .dpmSolver(steps: 3)] {
      let result = try DiffusionSampler(solver, schedule: schedule).sample(
        shape: Self.shape, known: known, noise: SeededNoise(seed: 2)
      ) { Self.gaussianNoise($0, $1, schedule, $2) }
      #expect(result == latent)
    }
  }

  @Test func theStepsOfARunAreTold() throws {
    let schedule = try NoiseSchedule()
    let sampler = try DiffusionSampler(.uniPC(steps: 4), schedule: schedule)
    var steps: [(Int, Int, Int)] = []
    var last: [Float] = []
    let result = try sampler.sample(
      shape: Self.shape, noise: SeededNoise(seed: 2),
      onStep: {
        steps.append(($0.number, $0.count, $0.time))
        last = Array($0.prediction)
      }, denoiser: { Self.gaussianNoise($0, $1, schedule, $2) })
    #expect(steps.map(\.0) == [1, 2, 3, 4] && steps.allSatisfy { $0.1 == 4 })
    #expect(steps.map(\.2) == sampler.times)
    #expect(sampler.times[0] == 999 && zip(sampler.times, sampler.times.dropFirst()).allSatisfy(>))
    #expect(last == result.elements)
  }

  @Test func aCallerCanStopARun() throws {
    let schedule = try NoiseSchedule()
    let sampler = try DiffusionSampler(.uniPC(steps: 20), schedule: schedule)
    var calls = 0
    #expect(throws: ProgramError(.interrupted, "stopped")) {
      _ = try sampler.sample(
        shape: Self.shape, noise: SeededNoise(seed: 2),
        onStep: { if $0.number == 3 { throw ProgramError(.interrupted, "stopped") } },
        denoiser: {
          calls += 1
          Self.gaussianNoise($0, $1, schedule, $2)
        })
    }
    #expect(calls == 3)
  }

  @Test(arguments: [
    DiffusionSampler.Solver.uniPC(steps: 20), .dpmSolver(steps: 20), .ddim(steps: 20),
  ])
  func divergenceIsToldWithTheStep(solver: DiffusionSampler.Solver) throws {
    let schedule = try NoiseSchedule()
    let sampler = try DiffusionSampler(solver, schedule: schedule)
    var calls = 0
    let error = #expect(throws: ProgramError.self) {
      _ = try sampler.sample(shape: Self.shape, noise: SeededNoise(seed: 2)) { _, _, noise in
        calls += 1
        noise.update(repeating: 0)
        if calls == 7 { noise[59] = calls % 2 == 1 ? .nan : .infinity }
      }
    }
    #expect(error?.code == .dataError && calls == 7)
    #expect(error?.found?.contains("step 7 of 20") == true, "\(error?.found ?? "")")
  }

  @Test func wrongNumbersOfStepsAreRefused() throws {
    let schedule = try NoiseSchedule()
    for steps in [0, -1, 1001, .max] {
      for solver in [
        DiffusionSampler.Solver.uniPC(steps: steps), .dpmSolver(steps: steps), .ddim(steps: steps),
      ] {
        let error = #expect(throws: ProgramError.self) {
          _ = try DiffusionSampler(solver, schedule: schedule)
        }
        #expect(error?.code == .usage)
      }
    }
    for eta in [-0.1, 1.1, .nan] {
      #expect(throws: ProgramError.self) {
        _ = try DiffusionSampler(.ddim(steps: 10, eta: eta), schedule: schedule)
      }
    }
  }

  @Test func stepsWhosePublishedTableFailsNameNeighbours() throws {
    let schedule = try NoiseSchedule()
    let failing = (1...1000).filter {
      (try? DiffusionSampler(.ddim(steps: $0), schedule: schedule)) == nil
    }
    let expected = [3, 9, 27, 36, 37] + Array(101...111) + Array(251...333) + Array(501...1000)
    #expect(failing == expected)
    for (steps, hint) in [(3, "2 or 4"), (105, "100 or 112"), (600, "500")] {
      let error = #expect(throws: ProgramError.self) {
        _ = try DiffusionSampler(.ddim(steps: steps), schedule: schedule)
      }
      #expect(error?.hint?.contains("take \(hint) steps") == true, "\(error?.hint ?? "")")
    }
  }

  /// What the best denoiser says of latents of a normal distribution.
  private static func gaussianNoise(
    _ sample: UnsafeBufferPointer<Float>, _ time: Int, _ schedule: NoiseSchedule,
    _ noise: UnsafeMutableBufferPointer<Float>
  ) {
    let (signal, level) = (Double(schedule.signal[time]), Double(schedule.noise[time]))
    let marginal = marginal(time, schedule)
    let variance = marginal.deviation * marginal.deviation
    for k in sample.indices {
      noise[k] = Float(level * (Double(sample[k]) - signal * mean) / variance)
    }
  }

  private static func marginal(
    _ time: Int, _ schedule: NoiseSchedule
  ) -> (mean: Double, deviation: Double) {
    let power = Double(schedule.cumulativeAlphas[time])
    return (
      power.squareRoot() * mean, (power * deviation * deviation + 1 - power).squareRoot()
    )
  }
}
