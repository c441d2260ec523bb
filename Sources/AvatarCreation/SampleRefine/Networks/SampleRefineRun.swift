import Compute
import Foundation
import NeuralRender
import TensorFiles

/// A training run of Sample&Refine: a name and its generator's files.
struct SampleRefineRun {
  /// The folder's name, whose end says what the network reads; nil for a lone file.
  let name: String?
  /// `G__iter%06d.pth` by name, from every place where the authors put them.
  private(set) var files: [String]

  /// A run's folder, `netG` in it, or one file; nil for anything else.
  init?(_ path: String) {
    let path = path.trimmingSlashes
    guard InputFile.isFolder(path) else {
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      (name, files) = (Self.name(of: PathParts(path).folder), [path])
      return
    }
    let inner = PathParts(path).name == "netG" ? path : "\(path)/netG"
    files = Self.generators(in: inner)
    name = Self.name(of: inner)
    if files.isEmpty { return nil }
  }

  /// Runs by name, those of the authors' `checkpoints` and `output` of one name as one.
  static func all(in root: String) -> [SampleRefineRun] {
    let root = root.trimmingSlashes
    var runs: [String: SampleRefineRun] = [:]
    for folder in ["\(root)/checkpoints", "\(root)/output", root] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names.sorted() {
        guard let run = SampleRefineRun("\(folder)/\(name)/netG") else { continue }
        runs[name] = runs[name].map { $0.joined(run) } ?? run
      }
    }
    return runs.keys.sorted().compactMap { runs[$0] }
  }

  /// The folder beside whose runs a run lies: that of `checkpoints` or `output`.
  var root: String? {
    guard let file = files.first, name != nil else { return nil }
    // ROOT / checkpoints / NAME / netG / FILE
    let runs = file.parent.parent.parent
    return ["checkpoints", "output"].contains(PathParts(runs).name) ? runs.parent : runs
  }

  /// The file of an iteration.
  ///
  /// - Parameters:
  ///   - epoch: digits: the first whose number contains them; nil for `preferred`, or the last.
  ///   - preferred: an iteration that is taken where it is there.
  /// - Throws: when no number contains the digits.
  func file(epoch: String?, preferred: Int? = nil) throws -> String {
    let numbered = files.map { (path: $0, digits: PathParts($0).stem.filter(\.isNumber)) }
    if let epoch {
      if let found = numbered.first(where: { $0.digits.contains(epoch) }) { return found.path }
      throw ProgramError(
        .noInput, "the run has no file of this iteration", file: files.first?.parent,
        expected: "a number with \(epoch.shortened(to: 20))",
        found: files.map { PathParts($0).name }.listed())
    }
    if let preferred, let found = numbered.first(where: { Int($0.digits) == preferred }) {
      return found.path
    }
    guard let last = numbered.enumerated().max(by: { Self.isOlder($0, $1) }) else {
      throw ProgramError(.software, "a run without files")
    }
    return last.element.path
  }

  /// What its files hold, told by the last of them.
  func kind() throws -> KnownNetwork.Kind? {
    let networks = KnownNetwork.all(in: try TorchCheckpoint(path: file(epoch: nil)))
    return networks.first { $0.prefix.isEmpty && [.sampler, .refiner].contains($0.kind) }?.kind
  }

  private func joined(_ other: SampleRefineRun) -> SampleRefineRun {
    var run = self
    run.files = (files + other.files).enumerated()
      .sorted { (PathParts($0.element).name, $0.offset) < (PathParts($1.element).name, $1.offset) }
      .map(\.element)
    return run
  }

  /// By number, then by name: six digits do not hold every number.
  private static func isOlder(
    _ one: (offset: Int, element: (path: String, digits: String)),
    _ other: (offset: Int, element: (path: String, digits: String))
  ) -> Bool {
    let numbers = (Int(one.element.digits) ?? -1, Int(other.element.digits) ?? -1)
    // Of two places the first one named counts.
    return numbers.0 == numbers.1 ? one.offset > other.offset : numbers.0 < numbers.1
  }

  private static func generators(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("G_") && $0.hasSuffix(".pth") }.sorted().map {
      "\(folder)/\($0)"
    }
  }

  /// The name of the run that a folder of generators belongs to.
  private static func name(of folder: String) -> String? {
    let folder = folder.trimmingSlashes
    guard PathParts(folder).name == "netG" else { return nil }
    return PathParts(folder.parent).name
  }
}

extension String {
  /// Without slashes at the end.
  fileprivate var trimmingSlashes: String {
    var text = self
    while text.utf8.count > 1, text.hasSuffix("/") { text.removeLast() }
    return text
  }

  /// The folder that a path lies in, as far as the path says.
  fileprivate var parent: String {
    let folder = PathParts(self).folder
    return folder.isEmpty ? "." : folder.trimmingSlashes
  }
}
