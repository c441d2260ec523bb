import Compute
import NeuralRender
import TensorFiles

/// Finds Sample&Refine's networks where its authors put them.
///
/// Their training writes `checkpoints/NAME/netG/G__iter%06d.pth`; their pipeline reads the refiner
/// there and the sampler from `output/NAME/netG/G__iter030000.pth`. Both places are looked at, from
/// their common folder, a run's folder or one file. Of a sampler iteration 30000 is taken, else the
/// newest; of a refiner the newest, or the first whose number contains the epoch. A run of a sampler
/// stands for the sampler alone; beside a refiner its sampler is found.
public struct SampleRefineCheckpoints: Sendable {
  /// The files that were taken.
  public let samplerPath: String
  public let refinerPath: String?
  public let checkpoint: SampleRefineCheckpoint

  /// - Throws: `ProgramError`: no such files; several runs of a kind; a sampler in a refiner's place or
  ///   the other way round; a choice that contradicts the weights.
  public init(path: String, choice: SampleRefineChoice = SampleRefineChoice()) throws {
    var search = try Search(path)
    if let named = choice.sampler { try search.take(named, as: .sampler) }
    if let named = choice.refiner { try search.take(named, as: .refiner) }
    let (sampler, refiner) = try search.networks()
    samplerPath = try sampler.file(
      epoch: refiner == nil ? choice.epoch : nil, preferred: Self.publishedIteration)
    refinerPath = try refiner?.file(epoch: choice.epoch)
    let weights = try refinerPath.map { path in
      try Self.refiner(TorchCheckpoint(path: path), name: refiner?.name, choice)
    }
    if refiner == nil { try Self.checkUnused(choice, samplerPath) }
    checkpoint = try SampleRefineCheckpoint(
      sampler: TorchCheckpoint(path: samplerPath), refiner: weights)
  }

  /// The sampler's that the authors' pipeline reads.
  private static let publishedIteration = 30000

  private static func refiner(
    _ weights: TorchCheckpoint, name: String?, _ choice: SampleRefineChoice
  ) throws -> SampleRefineCheckpoint.RefinerWeights {
    try KnownNetwork.all(in: weights).require(.refiner, at: "", of: weights)
    let sizes = try TextureRefinerSizes(of: weights)
    try choice.check(sizes, file: weights.path)
    return try .init(
      weights, inputs: inputs(sizes, name: name, choice, file: weights.path), mode: choice.mode)
  }

  private static func inputs(
    _ sizes: TextureRefinerSizes, name: String?, _ choice: SampleRefineChoice, file: String
  ) throws -> RefinerInputs {
    if let inputs = choice.inputs ?? name.flatMap(RefinerInputs.init(runName:)) { return inputs }
    let fitting = RefinerInputs.allCases.filter { $0.channels == sizes.inputChannels }
    if fitting.count == 1 { return fitting[0] }
    throw ProgramError(
      .dataError, "nothing tells what the refiner reads beside the sampled texture", file: file,
      expected: fitting.isEmpty
        ? "3, 4, 6 or 7 channels" : fitting.map(\.rawValue).joined(separator: " or "),
      found: name.map { "\(sizes.inputChannels) channels, a run called \($0.shortened(to: 80))" }
        ?? "\(sizes.inputChannels) channels",
      hint: "name it (option `concat`), or keep the file in its run's folder NAME/netG, whose name "
        + "ends with it")
  }

  /// Throws when something was said about a refiner that is not there.
  private static func checkUnused(_ choice: SampleRefineChoice, _ path: String) throws {
    var plain = SampleRefineChoice()
    (plain.sampler, plain.epoch) = (choice.sampler, choice.epoch)
    guard choice != plain else { return }
    throw ProgramError(
      .dataError, "options for a refiner, but there is only a sampler", file: path,
      hint: "give the folder that holds both, or name the refiner's run")
  }
}

/// Runs that are known, and which of them are taken.
private struct Search {
  private let path: String
  private var root: String?
  private var sampler: SampleRefineRun?
  private var refiner: SampleRefineRun?
  /// All runs of the root, each opened when its kind matters.
  private var runs: [SampleRefineRun] = []

  init(_ path: String) throws {
    self.path = path
    guard let run = SampleRefineRun(path) else {
      (root, runs) = (path, SampleRefineRun.all(in: path))
      guard runs.isEmpty else { return }
      throw ProgramError(
        .noInput, "this is no checkpoint of Sample&Refine", file: path,
        expected:
          "a .pth file, a run's folder with netG/G__iter*.pth, or the folder of checkpoints/ "
          + "and output/",
        found: InputFile.isFolder(path) ? "a folder without them" : "nothing")
    }
    root = run.root
    switch try run.kind() {
    case .sampler: sampler = run
    case .refiner: refiner = run
    default:
      let file = try run.file(epoch: nil)
      throw ProgramError(
        .dataError, "the file holds no network of Sample&Refine", file: file,
        expected: "its sampler or its refiner",
        hint: "avatar inspect \(file.shortened()) shows what is in it")
    }
  }

  /// Takes a run by name, folder or file.
  mutating func take(_ named: String, as kind: KnownNetwork.Kind) throws {
    let known = root.map { runs.isEmpty ? SampleRefineRun.all(in: $0) : runs } ?? []
    guard let run = known.first(where: { $0.name == named }) ?? SampleRefineRun(named) else {
      throw ProgramError(
        .noInput, "there is no such run", file: root ?? path, key: named.shortened(to: 100),
        expected: known.isEmpty ? "a folder or a file" : known.compactMap(\.name).listed())
    }
    guard try run.kind() == kind else {
      let file = try run.file(epoch: nil)
      let weights = try TorchCheckpoint(path: file)
      try KnownNetwork.all(in: weights).require(kind, at: "", of: weights)
      return
    }
    if kind == .sampler { sampler = run } else { refiner = run }
  }

  /// What was taken, else the only ones there are.
  func networks() throws -> (sampler: SampleRefineRun, refiner: SampleRefineRun?) {
    if let sampler, refiner != nil || runs.isEmpty { return (sampler, refiner) }
    let known = root.map { runs.isEmpty ? SampleRefineRun.all(in: $0) : runs } ?? []
    let kinds = try known.map { (run: $0, kind: try $0.kind()) }
    func only(_ kind: KnownNetwork.Kind, _ option: String) throws -> SampleRefineRun? {
      let found = kinds.filter { $0.kind == kind }.map(\.run)
      guard found.count > 1 else { return found.first }
      throw ProgramError(
        .dataError, "there are several runs of \(kind.rawValue)", file: root ?? path,
        found: found.compactMap(\.name).listed(),
        hint: "name one of them (option `\(option)`), or give its folder")
    }
    guard let sampler = try sampler ?? only(.sampler, "sampler") else {
      throw ProgramError(
        .noInput, "there is no sampler of Sample&Refine", file: root ?? path,
        expected: "a run of its own beside the refiner's, as S1-NAME/netG/G__iter030000.pth",
        hint: "name its folder or file (option `sampler`)")
    }
    return (sampler, try refiner ?? only(.refiner, "refiner"))
  }
}
