/// The noise schedule and the DDIM loop against recordings of the released code.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct SamplingParityTests {
  @Test func scheduleOfConfigurationAndOfCheckpoint() throws {
    let file = try NPZFile(path: Fixtures.path("dinar/ddim_tables.npz"))
    let schedule = try Self.schedule()
    #expect(try NoiseSchedule(of: file) == schedule)
    let text = try String(contentsOfFile: Fixtures.path("dinar/eval.yaml"), encoding: .utf8)
    func setting(_ key: String) throws -> Double {
      let line = try #require(
        text.split(separator: "\n").first { $0.contains("\(key):") }, "\(key)")
      return try #require(Double(line.split(separator: " ").last ?? ""), "\(key)")
    }
    let (start, end) = (try setting("linear_start"), try setting("linear_end"))
    let count = Int(try setting("timesteps"))
    #expect(try NoiseSchedule(linearStart: start, end: end, count: count) == schedule)
    let betas = try NoiseSchedule.linearBetas(start: start, end: end, count: count)
    #expect(try betas.map { Float($0) } == file.tensor("betas").floats())
  }

  @Test func tablesOfSteps() throws {
    let file = try NPZFile(path: Fixtures.path("dinar/ddim_tables.npz"))
    let schedule = try Self.schedule()
    let names = file.names.filter { $0.hasSuffix("_timesteps") }
    #expect(!names.isEmpty)
    for name in names {
      let prefix = name.dropLast("_timesteps".count)
      let parts = try #require(prefix.wholeMatch(of: /s(\d+)_eta(.+)/)?.output)
      let table = try DDIMTimes(
        steps: try #require(Int(parts.1)), eta: try #require(Double(parts.2)), schedule: schedule)
      func recorded(_ key: String) throws -> [Float] {
        try file.tensor("\(prefix)_ddim_\(key)").floats()
      }
      #expect(try table.times.map { Float($0) } == file.tensor(name).floats(), "\(name)")
      #expect(try table.alphas == recorded("alphas"), "\(name)")
      #expect(try table.previousAlphas == recorded("alphas_prev"), "\(name)")
      #expect(try table.sigmas == recorded("sigmas"), "\(name)")
      #expect(try table.rootsOfRest == recorded("sqrt_one_minus_alphas"), "\(name)")
    }
  }

  @Test func recordedRuns() throws {
    let file = try NPZFile(path: Fixtures.path("dinar/ddim_run.npz"))
    let names = file.names.filter { $0.hasSuffix("_x_T") }
    #expect(!names.isEmpty)
    for name in names {
      let run = try RecordedRun(file, prefix: String(name.dropLast("x_T".count)))
      try run.check(schedule: try Self.schedule())
    }
  }

  static func schedule() throws -> NoiseSchedule {
    try NoiseSchedule(of: TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt")))
  }
}

/// A run of the released sampler, from its file, with the noise that its network predicted.
private struct RecordedRun {
  let prefix: String
  let shape: [Int]
  let solver: DiffusionSampler.Solver
  let known: KnownRegion?
  let noise: RecordedNoise
  let tensors: [String: Tensor]

  init(_ file: NPZFile, prefix: String) throws {
    func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }
    func rows(_ key: String) throws -> [Tensor] {
      let all = try tensor(prefix + key)
      let count = all.count / all.shape[0]
      let elements = all.elements
      return (0..<all.shape[0]).map { row in
        Tensor(shape: [count], Array(elements[row * count..<(row + 1) * count]))
      }
    }
    self.prefix = prefix
    let start = try tensor(prefix + "x_T")
    shape = start.shape
    solver = .ddim(
      steps: Int(try tensor(prefix + "S")[0]), eta: Double(try tensor(prefix + "eta")[0]))
    var uses: [NoiseUse: Tensor] = [.latent: start]
    for (step, row) in try rows("p_noise").enumerated() { uses[.step(step)] = row }
    let isMasked = file.contains(prefix + "q_noise")
    if isMasked {
      for (step, row) in try rows("q_noise").enumerated() { uses[.knownRegion(step: step)] = row }
    }
    known =
      isMasked ? try KnownRegion(latent: tensor("x0"), mask: tensor("mask_eroded")) : nil
    noise = RecordedNoise(uses)
    tensors = try Dictionary(
      uniqueKeysWithValues: ["timesteps", "x_in", "e_t", "pred_x0", "x_prev", "result"].map {
        ($0, try tensor(prefix + $0))
      })
  }

  /// Everything equals to the last bit.
  func check(schedule: NoiseSchedule) throws {
    let sampler = try DiffusionSampler(solver, schedule: schedule)
    let (times, predicted) = (try recorded("timesteps"), try recorded("e_t"))
    let (inputs, predictions) = (try recorded("x_in"), try recorded("pred_x0"))
    #expect(sampler.times.map { Float($0) } == times, "\(prefix)")
    let count = shape.reduce(1, *)
    var step = 0
    let result = try sampler.sample(
      shape: shape, known: known, noise: noise,
      onStep: { state in
        let expected = predictions[step * count..<(step + 1) * count]
        #expect(state.prediction.elementsEqual(expected), "\(prefix)pred_x0 \(step)")
        step += 1
        #expect(state.number == step)
      },
      denoiser: { sample, time, noise in
        let range = step * count..<(step + 1) * count
        #expect(Float(time) == times[step])
        #expect(sample.elementsEqual(inputs[range]), "\(prefix)x_in \(step)")
        _ = noise.update(fromContentsOf: predicted[range])
      })
    #expect(result.elements == (try recorded("result")), "\(prefix)result")
  }

  private func recorded(_ key: String) throws -> [Float] {
    try #require(tensors[key], "\(prefix)\(key)").elements
  }
}
