import Compute

/// A PyTorch checkpoint (`.pt`, `.pth`, `.ckpt`), memory-mapped: named tensors and what is said
/// about them.
///
///     let checkpoint = try TorchCheckpoint(path: "dinar.ckpt")
///     let weight = try checkpoint.tensor(named: "first_stage.renderer.model.start.1.weight")
///     let floats = try weight.data().floats()
///
/// Both containers of `torch.save` are read, zip and the older stream, and Lightning's dictionary
/// around a `state_dict`. Nothing is copied before a tensor's elements are asked for, and no code of
/// a file is run: objects of unknown classes are skipped beside the weights (`notes` says so) and
/// refused among them. Matches: `torch.load(weights_only=True)` as far as tensors go.
public final class TorchCheckpoint: Sendable {
  public enum Container: String, Sendable {
    case zip = "zip"
    case legacy = "legacy stream"
  }

  public let path: String
  public let container: Container
  /// Bytes of the file.
  public let fileSize: Int
  /// Names of the weights in the file's order: keys joined by dots, without `state_dict`. A bare
  /// tensor is called `tensor`.
  public let names: [String]
  /// Whether the weights lie below `state_dict`, as Lightning saves them.
  public let hasStateDict: Bool
  /// Keys of the outermost dictionary.
  public let topLevelKeys: [String]
  /// Numbers and texts besides the tensors by their dotted paths, for example `epoch`.
  public let values: [String: PickleValue]
  /// Tensors besides the weights (of an optimizer, say) by their dotted paths, sorted.
  public let otherNames: [String]
  /// What was skipped, in words.
  public let notes: [String]

  private let weights: [String: TorchTensor]
  private let skipped: [String: String]
  private let averages: AveragedNames
  private let archive: ZipArchive?
  /// What the tensors are views of.
  private let mapping: MappedFile

  /// - Throws: `ProgramError`: no such file (`.noInput`); a damaged or hostile file, or one that is
  ///   no checkpoint (`.dataError`), each with a text of its own.
  public init(path: String) throws {
    self.path = path
    do {
      let opened = try TorchObject(path: path) {
        PickleHeap(inputCount: $0, toleratesUnknown: true)
      }
      let (heap, root) = (opened.heap, opened.root)
      container = opened.archive == nil ? .legacy : .zip
      archive = opened.archive
      mapping = opened.mapping
      fileSize = mapping.bytes.count
      let contents = try TorchContents(root, heap: heap, fileSize: fileSize)
      guard !contents.names.isEmpty else {
        throw ProgramError(
          .dataError, "the checkpoint holds no tensors",
          found: contents.topLevelKeys.isEmpty ? nil : contents.topLevelKeys.listed())
      }
      names = contents.names
      weights = contents.weights
      otherNames = contents.otherNames.sorted()
      skipped = contents.skipped
      hasStateDict = contents.hasStateDict
      topLevelKeys = contents.topLevelKeys
      values = contents.values
      notes = contents.notes
      averages = AveragedNames(contents.names)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  public func contains(_ name: String) -> Bool { weights[name] != nil }

  /// A weight by its name in `names`.
  ///
  /// - Throws: `ProgramError`, with the names that are most alike in `found`.
  public func tensor(named name: String) throws -> TorchTensor {
    if let tensor = weights[name] { return tensor }
    if let type = skipped[name] {
      throw ProgramError(
        .dataError, "the entry is of a class that is not read", file: path, key: name, found: type)
    }
    // Neighbours in the tree: what shares the longest beginning.
    let alike = names.max {
      $0.commonPrefix(with: name).count < $1.commonPrefix(with: name).count
    }
    throw ProgramError(
      .dataError, "the tensor is missing", file: path, key: name,
      found: "\(names.count) tensors"
        + (alike.map { ", the nearest \($0.shortened(to: 100))" } ?? ""))
  }

  /// The moving average of a weight below `model.`, which Lightning models of latent diffusion keep
  /// below `model_ema.` under names without dots; nil if the file has none, as for buffers.
  ///
  /// - Throws: `ProgramError` if two weights share the name without dots, if a weight of that name
  ///   is missing, or if the average has another shape.
  public func averagedTensor(named name: String) throws -> TorchTensor? {
    do {
      let tensor = try tensor(named: name)
      guard let average = try averages.average(of: name), let found = weights[average] else {
        return nil
      }
      guard found.shape == tensor.shape else {
        throw ProgramError(
          .dataError, "the average's shape differs from its weight's", key: average,
          expected: "\(tensor.shape)", found: "\(found.shape)")
      }
      return found
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Whether the file keeps moving averages of its weights.
  public var hasAverages: Bool { averages.isPresent }

  /// Gives the memory of the file's pages back, when what was read has been converted; tensors stay
  /// readable.
  public func releasePages() { mapping.release(mapping.bytes) }

  /// Reads the whole file and compares its checksums. Older streams have none.
  public func verify() throws {
    guard let archive else { return }
    do {
      try archive.verify()
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }
}
