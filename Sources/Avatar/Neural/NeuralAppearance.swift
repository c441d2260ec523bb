import Compute
import NeuralRender
import SMPLX
import TensorFiles

/// What a neural avatar looks like: texture of features, its place on the body, and the network that
/// draws them.
public final class NeuralAppearance: Sendable {
  /// (1, C, H, W), as DINAR keeps it: before the network's preprocessing.
  let texture: Tensor
  public let surface: SurfaceTable
  public let weights: NetworkWeights
  public let photo: AvatarDescription.Photo?
  /// Which layers may be computed in bytes, found when the avatar was made.
  let quantization: QuantizationResult?

  /// Reads and checks what a neural avatar's file holds.
  ///
  /// - Parameters:
  ///   - checkpoint: weights to take instead of the file's own.
  ///   - body: the body that the tables must fit.
  init(of file: AvatarFile, checkpoint: String?, body: BodyModel) throws {
    let description = file.description
    weights = try NetworkWeights(of: file, checkpoint: checkpoint)
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
        hint: checkpoint == nil ? nil : "--checkpoint must be the one the avatar was made with")
    }
    let features = try Tensor(data)
    try features.checkFinite("the texture", file: file.path, key: entry.tensor)
    texture = features.reshaped([1] + data.shape)
    guard let names = description.surface else {
      throw ProgramError(
        .dataError, "a neural avatar needs its uv tables", file: file.path, key: "surface")
    }
    surface = try SurfaceTable(names, in: file.tensors)
    try surface.check(body, file: file.path)
    photo = description.photo
    // Scales belong to the weights they were found with.
    quantization = checkpoint == nil ? try file.quantization() : nil
  }

  /// What a file would hold, for calibration before it is written.
  init(texture: Tensor, surface: SurfaceTable, weights: NetworkWeights) {
    self.texture = texture
    self.surface = surface
    self.weights = weights
    photo = nil
    quantization = nil
  }
}

extension AvatarDescription.Photo {
  /// Throws unless a picture of it can be drawn: a size that pictures have, a camera that sees something,
  /// a pose of all joints, every number finite.
  func check(file: String) throws {
    func fail(_ key: String, _ expected: String, _ found: String? = nil) -> ProgramError {
      ProgramError(
        .dataError, "the description of the photo is wrong", file: file, key: "photo.\(key)",
        expected: expected, found: found)
    }
    let sides = 1...16384
    guard sides ~= width, sides ~= height else {
      throw fail("width, height", "1 to \(sides.upperBound) pixels", "\(width) x \(height)")
    }
    guard camera.count == 3, camera.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) }),
      camera[0][0] > 0, camera[1][1] > 0
    else { throw fail("camera", "3 x 3 finite numbers with positive focal lengths") }
    guard rotations.count == BodyPose.jointCount,
      rotations.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) })
    else {
      throw fail(
        "rotations", "\(BodyPose.jointCount) x 3 finite numbers", "\(rotations.count) rotations")
    }
    guard translation.count == 3, translation.allSatisfy(\.isFinite) else {
      throw fail("translation", "3 finite numbers")
    }
  }

  /// The person's pose in the axes of the photo's camera.
  public var pose: BodyPose {
    BodyPose(
      rotations: rotations.map { SIMD3($0[0], $0[1], $0[2]) },
      translation: SIMD3(translation[0], translation[1], translation[2]))
  }
}
