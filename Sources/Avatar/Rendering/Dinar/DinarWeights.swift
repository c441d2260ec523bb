import Compute
import NeuralRender
import TensorFiles

/// Where the weights of an avatar's network come from.
public struct DinarWeights: Sendable {
  private let source: any NamedArrays
  private let prefix: String
  /// What errors call the file.
  var file: String? { source.file }
  public let renderer: DinarRenderer

  /// The weights of a checkpoint of DINAR.
  init(_ checkpoint: TorchCheckpoint) throws {
    try KnownNetwork.all(in: checkpoint).require(
      .dinarRenderer, at: DinarRenderer.checkpointPrefix, of: checkpoint)
    renderer = DinarRenderer(try DinarRendererSizes(of: checkpoint))
    source = checkpoint
    prefix = DinarRenderer.checkpointPrefix
  }

  /// The weights of a checkpoint of DINAR, or those in an avatar's own file.
  ///
  /// - Parameter checkpoint: overrides the avatar's own weights.
  init(of file: AvatarFile, checkpoint path: String?) throws {
    if let path {
      self = try DinarWeights(TorchCheckpoint(path: path))
      return
    }
    guard let prefix = file.description.decoder.weightsPrefix else {
      throw ProgramError(
        .noInput, "the avatar does not hold its network's weights", file: file.path,
        expected: file.description.decoder.checkpoint.map { "the checkpoint \($0)" },
        hint: "`checkpoint` FILE.ckpt names them")
    }
    renderer = DinarRenderer(try DinarRendererSizes(of: file.tensors, prefix: prefix))
    source = file.tensors
    self.prefix = prefix
  }

  /// All parameters of the renderer, strictly: whatever picture size is drawn later.
  func parameters() throws -> Parameters {
    let side = 2 << renderer.sizes.downsamplings
    return try Parameters(
      of: renderer.textureGraph(height: side, width: side),
      renderer.frameGraph(
        height: side, width: side, texture: (side, side), composition: nil),
      from: source, prefix: prefix)
  }
}
