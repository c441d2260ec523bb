import Compute
import NeuralRender
import SMPLX
import TensorFiles

/// Features that DINAR's renderer draws: their texture, its place on the body, and the network.
public final class DinarAppearance: Appearance {
  /// (1, C, H, W), as DINAR keeps it: before the network's preprocessing.
  let texture: Tensor
  public let surface: SurfaceTable
  public let weights: DinarWeights

  /// The avatar's file, for errors; nil before there is one.
  private let file: String?
  /// What may know of layers in bytes.
  private let stored: AvatarFile?

  public static let kind = DecoderKind(
    name: "dinar", isNeural: true,
    read: { file, source in try DinarAppearance(of: file, checkpoint: source.checkpoint) },
    rows: { file in
      let decoder = file.description.decoder
      return [
        (
          "weights",
          decoder.weightsPrefix.map { "in this file, \($0)*" }
            ?? "in \(decoder.checkpoint ?? "a checkpoint"), for `checkpoint`"
        )
      ]
    })

  /// Reads and checks what an avatar's file holds.
  ///
  /// - Parameter checkpoint: weights to take instead of the file's own.
  init(of file: AvatarFile, checkpoint: String?) throws {
    self.file = file.path
    let description = file.description
    weights = try DinarWeights(of: file, checkpoint: checkpoint)
    guard let entry = description.textures["neural"], entry.encoding == "features" else {
      throw ProgramError(
        .dataError, "a neural avatar needs a texture named neural", file: file.path,
        key: "textures", expected: "neural, encoding features",
        found: description.textures.map { "\($0): \($1.encoding)" }.sorted().joined(separator: ", ")
      )
    }
    let data = try file.tensors.tensor(entry.tensor)
    let channels = weights.renderer.sizes.textureChannels
    guard data.shape.count == 3, data.shape[0] == channels, data.count > 0 else {
      throw ProgramError(
        .dataError, "the texture is not for this renderer", file: file.path, key: entry.tensor,
        expected: "(\(channels), H, W)", found: "\(data.shape)",
        hint: checkpoint == nil ? nil : "`checkpoint` must be the one the avatar was made with")
    }
    let features = try Tensor(data)
    try features.checkFinite("the texture", file: file.path, key: entry.tensor)
    texture = features.reshaped([1] + data.shape)
    guard let names = description.surface else {
      throw ProgramError(
        .dataError, "a neural avatar needs its uv tables", file: file.path, key: "surface")
    }
    surface = try SurfaceTable(names, in: file.tensors)
    // Scales belong to the weights they were found with.
    stored = checkpoint == nil ? file : nil
  }

  /// What a file would hold, for calibration before it is written.
  init(texture: Tensor, surface: SurfaceTable, weights: DinarWeights) {
    self.texture = texture
    self.surface = surface
    self.weights = weights
    file = nil
    stored = nil
  }

  /// Which layers may be computed in bytes, found when the avatar was made; read when it is asked for, as
  /// exact precision does without it.
  func quantization() throws -> QuantizationResult? { try stored?.quantization() }

  public var layout: SurfaceLayout? {
    SurfaceLayout(coordinates: surface.upwardCoordinates, faces: surface.faces)
  }

  /// What DINAR turns a person about: the mean of all texture rows' vertices.
  public var pivotVertices: [UInt32]? { surface.vertices }

  /// A network's activations fill the caches.
  public var takesAllWorkers: Bool { true }

  public func check(_ body: BodyModel) throws { try surface.check(body, file: file) }

  public func makeRenderer(
    of scene: Scene, settings: RenderSettings, pool: WorkerPool, progress: (FrameProgress) -> Bool
  ) throws -> any FrameRenderer {
    try DinarFrameRenderer(
      appearance: self, scene: scene, settings: settings, pool: pool, progress: progress)
  }
}
