import Compute
import TensorFiles
import Testing

@testable import NeuralRender

@Suite struct NoiseScheduleTests {
  @Test func signalAndNoiseShareThePower() throws {
    let schedule = try NoiseSchedule()
    #expect(schedule.count == 1000)
    for time in [0, 1, 500, 999] {
      let (signal, noise) = (schedule.signal[time], schedule.noise[time])
      #expect(abs(signal * signal + noise * noise - 1) < 1e-6)
    }
    #expect(abs(schedule.cumulativeAlphas[0] - (1 - 0.0003)) < 1e-7)
  }

  @Test func wrongBetasAreRefused() {
    for (start, end, count) in [
      (0, 0.02, 1000), (0.0003, 1, 1000), (.nan, 0.02, 1000), (0.0003, .infinity, 1000),
      (0.0003, 0.02, 1), (0.0003, 0.02, .max), (1e-20, 0.02, 1000), (0.9, 0.99, 1000),
    ] {
      #expect(throws: ProgramError.self, "\(start) \(end) \(count)") {
        _ = try NoiseSchedule(linearStart: start, end: end, count: count)
      }
    }
  }

  @Test func damagedBuffersAreRefused() throws {
    let schedule = try NoiseSchedule(count: 10)
    let good = [
      "alphas_cumprod": schedule.cumulativeAlphas, "sqrt_alphas_cumprod": schedule.signal,
      "sqrt_one_minus_alphas_cumprod": schedule.noise,
    ]
    func read(_ tables: [String: [Float]], shape: [Int]? = nil) throws -> NoiseSchedule {
      try NoiseSchedule(
        of: tables.mapValues { Tensor(shape: shape ?? [$0.count], $0) })
    }
    #expect(try read(good) == schedule)
    for name in good.keys {
      func damaged(_ change: (inout [Float]) -> Void) -> [String: [Float]] {
        var copy = good
        change(&copy[name, default: []])
        return copy
      }
      for tables in [
        damaged { $0[3] = .nan }, damaged { $0[3] = -1 }, damaged { $0[3] = 2 },
        damaged { $0.reverse() }, damaged { $0.removeLast() }, damaged { $0 = [0.5] },
        good.filter { $0.key != name },
      ] {
        let error = #expect(throws: ProgramError.self, "\(name)") { _ = try read(tables) }
        #expect(error?.code == .dataError)
      }
    }
    #expect(throws: ProgramError.self) { _ = try read(good, shape: [2, 5]) }
  }
}
