import Avatar
import Compute
import Evaluation
import Foundation
import Media
import NeuralRender
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// The whole chain with the noise that the original drew, against what it made.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarAvatarParityTests {
  /// The person that the golden stages are of.
  private static let name = "person01"

  private static func noise() throws -> (RecordedNoise, steps: Int, eta: Double) {
    let file = try NPZFile(path: Fixtures.path("dinar_e2e/noise.npz"))
    func tensor(_ name: String) throws -> Tensor { try Tensor(file.tensor(name)) }
    var tensors: [NoiseUse: Tensor] = [
      .encoder: try tensor("noise_encoder"), .latent: try tensor("ddim_x_T"),
    ]
    var layer = 0
    while file.contains("noise_gen_\(layer)") {
      tensors[.generator(layer: layer)] = try tensor("noise_gen_\(layer)")
      layer += 1
    }
    for (name, use) in [
      ("ddim_q_noise", { NoiseUse.knownRegion(step: $0) }), ("ddim_p_noise", { NoiseUse.step($0) }),
    ] {
      let all = try tensor(name)
      let shape = [1] + all.shape.dropFirst()
      let count = shape.reduce(1, *)
      let elements = all.elements
      for step in 0..<all.shape[0] {
        tensors[use(step)] = Tensor(
          shape: shape, Array(elements[step * count..<(step + 1) * count]))
      }
    }
    return (
      RecordedNoise(tensors), try file.tensor("ddim_steps").ints()[0],
      try file.tensor("eta").doubles()[0]
    )
  }

  private static func maker(
    _ solver: DiffusionSampler.Solver, threads: Int, _ precision: DinarSettings.Precision = .exact
  ) throws -> DinarAvatar {
    var settings = DinarSettings(checkpoint: try Fixtures.path("dinar/dinar.ckpt"))
    settings.configuration = try Fixtures.path("dinar/eval.yaml")
    settings.solver = solver
    settings.precision = precision
    return try DinarAvatar(
      settings, beside: Fixtures.path("dinar_e2e/data"), assets: DinarFixture.assets,
      pool: WorkerPool(threads: threads))
  }

  private static func person(_ name: String) throws -> DinarFolder.Person {
    let folder = try DinarFolder(path: Fixtures.path("dinar_e2e/data"))
    return try #require(folder.persons.first { $0.name == name })
  }

  @Test func makesWhatTheOriginalMade() throws {
    let (noise, steps, eta) = try Self.noise()
    let maker = try Self.maker(.ddim(steps: steps, eta: eta), threads: 2)
    let sample = try maker.sample(Self.person(Self.name))
    let made = try maker.texture(of: [sample], noise: noise, clock: WorkClock())
    let golden = try NPZFile(path: Fixtures.path("dinar_e2e/stages.npz"))
    func compare(_ name: String, _ tensor: Tensor, _ tolerance: Float) throws {
      let expected = try golden.tensor(name)
      #expect(tensor.shape == expected.shape, "\(name)")
      let distance = try DinarFixture.distance(tensor.elements, expected.floats())
      #expect(distance <= tolerance, "\(name): \(distance)")
    }
    try compare("compressed", made.latent, 1e-4)
    try compare("samples", made.completed, 1e-4)
    try compare("decoded", made.decoded, 1e-4)
    #expect(
      made.codes.elements.map { Int($0) } == (try golden.tensor("codes").ints()))
    let record = try maker.record(made)
    let path = try Fixtures.path("dinar_e2e/\(Self.name).pkl")
    let pickle = try Pickle.read(path: path)
    let ours = record.pickle
    #expect(ours.keys.sorted() == pickle.keys.sorted())
    for key in pickle.keys {
      guard let expected = try pickle[key]?.tensor(), let found = try ours[key]?.tensor() else {
        continue
      }
      #expect(found.shape == expected.shape, "\(key)")
      #expect(found.scalarType == expected.scalarType, "\(key)")
      let tolerance: Float = key.hasPrefix("fake_") ? 1 : key == "verts" ? 0.05 : 1e-4
      let distance = try DinarFixture.distance(found.floats(), expected.floats())
      #expect(distance <= tolerance, "\(key): \(distance)")
    }
    #expect(ours["smplx_param"]?.keys == pickle["smplx_param"]?.keys)
  }

  /// Decibels of the values, clipped to what colours may be, over their difference.
  private static func decibels(_ one: Tensor, _ other: Tensor) throws -> Double {
    let planes = try [one, other].map { tensor in
      let width = try #require(tensor.shape.last)
      return ComparedPicture(
        try Picture(
          width: width, height: tensor.count / width, channels: 1,
          words: tensor.elements.map { UInt16(clamping: Int(saturating: $0 * 65535)) }))
    }
    let values = try PairMeasurement(
      planes[0], planes[1], metrics: [.psnr], pool: WorkerPool(threads: 2)
    ).values
    return try #require(values[.psnr])
  }

  /// The budget of `fast`, as of the renderer: 40 decibels, for every person, from the usual solver.
  @Test func fastIsWithinItsBudget() throws {
    let exact = try Self.maker(.stochasticDPMSolver(steps: 20), threads: 2)
    let fast = try Self.maker(.stochasticDPMSolver(steps: 20), threads: 2, .fast)
    #expect(fast.settings.provenance(photos: 1).contains("16 bits"))
    for person in try DinarFolder(path: Fixtures.path("dinar_e2e/data")).persons {
      let sample = try exact.sample(person)
      let one = try exact.texture(of: [sample], clock: WorkClock())
      let other = try fast.texture(of: [sample], clock: WorkClock())
      let decibels = try Self.decibels(one.merge.texture, other.merge.texture)
      #expect(decibels > 40, "\(person.name): \(decibels)")
      let same = zip(one.codes.elements, other.codes.elements).count { $0 == $1 }
      #expect(same * 100 >= one.codes.count * 95, "\(person.name): \(same) codes")
    }
  }

  @Test(arguments: [DinarSettings.Precision.exact, .fast])
  func threadsDoNotMatter(precision: DinarSettings.Precision) throws {
    let person = try Self.person(Self.name)
    var results: [[Float]] = []
    for threads in [1, 2, 5] {
      let maker = try Self.maker(.dpmSolver(steps: 4), threads: threads, precision)
      let made = try maker.texture(of: [maker.sample(person)], clock: WorkClock())
      results.append(made.merge.texture.elements)
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func stopsWithinTheDiffusion() throws {
    let maker = try Self.maker(.dpmSolver(steps: 8), threads: 2)
    let sample = try maker.sample(Self.person(Self.name))
    var asked = 0
    let clock = WorkClock<DinarStage> { progress in
      if progress.stage == DinarStage.diffusion.rawValue { asked += 1 }
      return asked < 4
    }
    let error = #expect(throws: ProgramError.self) {
      try maker.texture(of: [sample], clock: clock)
    }
    #expect(error?.code == .interrupted)
    #expect(asked == 4)
  }

  @Test func previewsBecomeTheTexture() throws {
    let maker = try Self.maker(.dpmSolver(steps: 10), threads: 2)
    let sample = try maker.sample(Self.person(Self.name))
    var previews: [(step: Int, texture: Tensor)] = []
    let made = try maker.texture(of: [sample], clock: WorkClock()) { previews.append(($0, $1)) }
    #expect(previews.map(\.step) == [2, 4, 6, 8, 10])
    #expect(previews.last?.texture.shape == made.decoded.shape)
  }
}
