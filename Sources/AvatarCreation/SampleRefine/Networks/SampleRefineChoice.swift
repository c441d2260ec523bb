import Compute
import NeuralRender

/// Which of Sample&Refine's networks are taken, and what the original's options say about them. What is
/// nil is told by folders, names and weights.
public struct SampleRefineChoice: Sendable, Hashable {
  /// A run by its name, its folder, or a file of it.
  public var sampler: String?
  public var refiner: String?
  /// Digits of an iteration: the first file whose number contains them.
  public var epoch: String?
  public var inputs: RefinerInputs?
  public var mode: RefinerMode?
  /// Of the refiner, as the original's `ngf`, `num_layers`, `num_blocks`.
  public var width: Int?
  public var levels: Int?
  public var blocks: Int?
  public var isGated: Bool?
  public var hasSkips: Bool?

  public init() {}

  /// Throws where it contradicts a refiner's weights.
  func check(_ sizes: TextureRefinerSizes, file: String) throws {
    func require<Value: Equatable>(
      _ what: String, _ wanted: Value?, _ found: Value, _ words: (Value) -> String
    ) throws {
      guard let wanted, wanted != found else { return }
      throw ProgramError(
        .dataError, "the options contradict the refiner's weights: \(what)", file: file,
        expected: words(wanted), found: words(found))
    }
    try require("its width", width, sizes.width) { "\($0) channels" }
    try require("its levels", levels, sizes.levels) { "\($0)" }
    try require("its residual blocks", blocks, sizes.blocks) { "\($0)" }
    try require("its gates", isGated, sizes.isGated) { $0 ? "gates" : "no gates" }
    try require("its skips", hasSkips, sizes.hasSkips) { $0 ? "skips" : "no skips" }
  }
}
