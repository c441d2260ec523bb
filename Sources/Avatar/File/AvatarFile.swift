import Compute
import Foundation
import Media
import NeuralRender
import TensorFiles

/// An avatar file, opened: its description and access to its tensors.
///
/// First stage of the pipeline. The file is a `.safetensors`, memory-mapped; `description` is its
/// `__metadata__["avatar"]`. Errors name the file and what is wrong with it.
public final class AvatarFile: Sendable {
  public let path: String
  public let description: AvatarDescription
  /// The file's tensors: textures, tables, a network's weights.
  let tensors: SafetensorsFile

  static let metadataKey = "avatar"
  private static let expected = "an avatar (.safetensors)"
  /// Shape coefficients are about 1; beyond this a body is hundreds of metres large.
  static let largestCoefficient: Float = 1000

  /// Opens and checks an avatar file; textures are decoded later by `colorTexture`.
  public init(path: String) throws {
    self.path = path
    guard try FileKind(path: path) == .safetensors else {
      throw ProgramError.otherKind("this is not an avatar", path: path, expected: Self.expected)
    }
    tensors = try SafetensorsFile(path: path)
    guard let text = tensors.metadata[Self.metadataKey] else {
      throw ProgramError.otherKind(
        "this is a tensor file but not an avatar", path: path, expected: Self.expected,
        hint: "avatar inspect shows what is in it")
    }
    description = try Self.decode(text, path: path)
    try check()
  }

  private static func decode(_ text: String, path: String) throws -> AvatarDescription {
    let decoder = JSONDecoder()
    let key = "__metadata__.\(metadataKey)"
    if let twice = JSONKeys.firstDuplicate(in: text.utf8) {
      throw ProgramError(
        .dataError, "the description has an entry twice", file: path, key: key,
        expected: "each entry once", found: "two of \(twice.shortened())")
    }
    do {
      return try decoder.decode(AvatarDescription.self, from: Data(text.utf8))
    } catch var error as ProgramError {
      (error.file, error.key) = (path, key)
      throw error
    } catch DecodingError.keyNotFound(let missing, let context) {
      let where_ = (context.codingPath + [missing]).map(\.stringValue).joined(separator: ".")
      throw ProgramError(
        .dataError, "the description lacks an entry", file: path, key: key, expected: where_)
    } catch DecodingError.typeMismatch(let type, let context),
      DecodingError.valueNotFound(let type, let context)
    {
      let where_ = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw ProgramError(
        .dataError, "\(where_) has another type", file: path, key: key, expected: "\(type)")
    } catch DecodingError.dataCorrupted(let context) where isJSON(text) {
      let where_ = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw ProgramError(
        .dataError, "an entry of the description cannot be read", file: path,
        key: where_.isEmpty ? key : "\(key).\(where_.shortened())",
        expected: "whole versions and sizes, numbers that float32 holds",
        found: where_.isEmpty ? "another number" : context.debugDescription.shortened())
    } catch {
      throw ProgramError(.dataError, "the description is not JSON", file: path, key: key)
    }
  }

  private static func isJSON(_ text: String) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
  }

  private func check() throws {
    let key = "__metadata__.\(Self.metadataKey)"
    guard (1...AvatarDescription.currentVersion).contains(description.formatVersion) else {
      throw ProgramError(
        .dataError, "the avatar's format version is not known", file: path, key: key,
        expected: "1 to \(AvatarDescription.currentVersion)",
        found: "\(description.formatVersion)",
        hint: description.formatVersion > AvatarDescription.currentVersion
          ? "a newer program wrote it; update this one" : nil)
    }
    for (key, values) in [
      ("betas", description.betas), ("expression", description.expression ?? []),
    ] {
      // Written so that a NaN fails.
      guard let bad = values.first(where: { !(abs($0) <= Self.largestCoefficient) }) else {
        continue
      }
      throw ProgramError(
        .dataError, "a shape coefficient is out of bounds", file: path, key: key,
        expected: "numbers within \(Int(Self.largestCoefficient))", found: "\(bad)")
    }
    if let gender = description.body.gender,
      !AvatarDescription.genders.contains(gender.lowercased())
    {
      throw ProgramError(
        .dataError, "the body's gender is not known", file: path, key: "body.gender",
        expected: AvatarDescription.genders.listed(), found: gender.shortened(to: 40))
    }
    if let light = description.decoder.light, Light(rawValue: light) == nil {
      throw ProgramError(
        .dataError, "the avatar's light is not known", file: path, key: "decoder.light",
        expected: Light.allCases.map(\.rawValue).listed(), found: light.shortened(to: 40))
    }
    try description.photo?.check(file: path)
  }

  /// The colour texture: sRGB bytes, row 0 at v = 1, 3 or 4 channels.
  public func colorTexture() throws -> Picture {
    guard let texture = description.textures["color"] else {
      throw ProgramError(
        .dataError, "a plain avatar needs a texture named color", file: path, key: "textures",
        found: description.textures.keys.sorted().joined(separator: ", "))
    }
    guard texture.origin ?? "upper_left" == "upper_left", texture.colorSpace ?? "srgb" == "srgb"
    else {
      throw ProgramError(
        .dataError, "the texture's origin or colour space is not known", file: path,
        key: "textures.color", expected: "upper_left, srgb",
        found: "\(texture.origin ?? "-"), \(texture.colorSpace ?? "-")")
    }
    let tensor = try tensors.tensor(texture.tensor)
    let bytes = try tensor.bytes()
    let picture: Picture
    switch texture.encoding {
    case "png":
      do {
        picture = try PNGFile.read(bytes: bytes)
      } catch let error as ProgramError {
        var named = error.inFile(path)
        named.key = texture.tensor
        throw named
      }
    case "raw":
      guard tensor.shape.count == 3, tensor.scalarType == .uint8, (3...4).contains(tensor.shape[2])
      else {
        throw ProgramError(
          .dataError, "the texture has another shape", file: path, key: texture.tensor,
          expected: "(H, W, 3 or 4) uint8", found: "\(tensor.shape) \(tensor.scalarType)")
      }
      do {
        picture = try Picture(
          width: tensor.shape[1], height: tensor.shape[0], channels: tensor.shape[2], bytes: bytes)
      } catch let error as ProgramError {
        var named = error.inFile(path)
        named.key = texture.tensor
        throw named
      }
    default:
      throw ProgramError(
        .dataError, "the texture's encoding is not known", file: path, key: "textures.color",
        expected: "png or raw", found: texture.encoding)
    }
    guard picture.channels >= 3 else {
      throw ProgramError(
        .dataError, "the colour texture has no colours", file: path, key: texture.tensor,
        expected: "3 or 4 channels", found: "\(picture.channels)")
    }
    return picture
  }

  /// Writes an avatar with PNG-coded textures; `textures` maps the use to the bytes of a PNG file.
  public static func write(
    _ description: AvatarDescription, pngTextures: [String: [UInt8]], to path: String
  ) throws {
    var complete = description
    var tensors: [(String, TensorData)] = []
    for (use, bytes) in pngTextures.sorted(by: { $0.key < $1.key }) {
      let name = use == "color" ? "texture.png" : "\(use).png"
      complete.textures[use] = .init(tensor: name, encoding: "png")
      tensors.append((name, TensorData(shape: [bytes.count], bytes: bytes)))
    }
    try write(complete, tensors: tensors, to: path)
  }

  /// Writes an avatar whose description names the given tensors, one chunk of one of them in memory
  /// at a time.
  ///
  /// - Parameters:
  ///   - quantization: of the network's layers, found with the weights in the file.
  ///   - overwrite: whether a file of that name may be replaced.
  public static func write(
    _ description: AvatarDescription, tensors: [(String, ArraySource)],
    quantization: QuantizationResult? = nil, to path: String, overwrite: Bool = true
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = String(decoding: try encoder.encode(description), as: UTF8.self)
    var metadata = [metadataKey: json]
    if let quantization { metadata[quantizationKey] = try text(of: quantization) }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path, overwrite: overwrite)
  }

  public static func write(
    _ description: AvatarDescription, tensors: [(String, TensorData)],
    quantization: QuantizationResult? = nil, to path: String, overwrite: Bool = true
  ) throws {
    try write(
      description, tensors: tensors.map { ($0, ArraySource($1)) }, quantization: quantization,
      to: path, overwrite: overwrite)
  }
}
