import Compute
import Foundation
import Media
import Rasterizer
import SMPLX
import TensorFiles

/// A plain avatar to be: a body, its shape, and a picture that is its surface's colour.
///
/// Everything that rendering needs is checked before the file is written.
public struct PlainAvatar {
  /// A path, a folder of official files, or a name.
  public var body: String
  /// Path of a PNG or JPEG picture.
  public var texture: String
  public var name = "avatar"
  /// Shape coefficients in the body's own space; missing ones are zero.
  public var betas: [Float] = []
  public var light = Light.soft
  /// A sentence about it.
  public var text: String?
  public var license: String?

  public init(body: String, texture: String) {
    self.body = body
    self.texture = texture
  }

  /// Makes the avatar file.
  ///
  /// - Returns: things the user should know.
  /// - Throws: `dataError` for a body without texture coordinates, a picture that is none, a shape
  ///   that the body does not have; `cannotCreate` for an output that exists.
  public func write(to path: String, overwrite: Bool, assets: Assets) throws -> [String] {
    if !overwrite, Assets.exists(path) {
      throw PendingFile.alreadyExists(path)
    }
    let bodyPath = try BodyModel.file(in: assets.resolve(body, .body), gender: "neutral")
    let model = try BodyModel.load(path: bodyPath)
    _ = try PersonPart(body: model, appearance: PlainAppearance.grey())
    do {
      _ = try ShapedBody(model: model, betas: betas)
    } catch let error as ProgramError {
      throw error.inFile(bodyPath)
    }
    let read = try PictureFile.read(path: texture)
    let picture = read.converted(toBitDepth: 8).converted(toChannels: 3)
    let bytes = picture.bytes()
    do {
      _ = try MipmappedTexture(
        width: picture.width, height: picture.height, channels: 3, bytes: bytes)
    } catch let error as ProgramError {
      throw error.inFile(texture)
    }
    var description = AvatarDescription(
      name: name, body: try assets.reference(toBody: bodyPath, gender: model.gender), betas: betas,
      decoder: .init(kind: PlainAppearance.kind, light: light.rawValue),
      textures: ["color": .init(tensor: "texture", encoding: "raw")])
    description.description = text
    description.license = license
    description.provenance =
      "painted: \(URL(fileURLWithPath: texture).lastPathComponent) on \(description.body.file)"
    try AvatarFile.write(
      description,
      tensors: [
        ("texture", TensorData(shape: [picture.height, picture.width, 3], bytes: bytes))
      ], to: path, overwrite: overwrite)
    return Self.isTransparent(read)
      ? ["\(texture) is transparent in places; the avatar has its colours there"] : []
  }

  private static func isTransparent(_ picture: Picture) -> Bool {
    guard picture.hasAlpha else { return false }
    let bytes = picture.converted(toBitDepth: 8).bytes()
    return stride(from: picture.channels - 1, to: bytes.count, by: picture.channels)
      .contains { bytes[$0] != 255 }
  }
}
