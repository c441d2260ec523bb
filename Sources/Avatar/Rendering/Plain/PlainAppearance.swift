import Compute
import Media
import Rasterizer
import SMPLX

/// Colours of the surface, lit or as they are.
public struct PlainAppearance: Appearance {
  public let texture: MipmappedTexture
  /// What the avatar's file asks for.
  let light: Light

  public static let kind = DecoderKind(
    name: "plain", isNeural: false, read: { file, _ in try PlainAppearance(of: file) },
    rows: { file in
      let picture = try file.colorTexture()
      return [
        ("light", file.description.decoder.light ?? Light.soft.rawValue),
        ("texture", "\(picture.width) x \(picture.height), \(picture.channels) channels"),
      ]
    })

  init(of file: AvatarFile) throws {
    let picture = try file.colorTexture()
    texture = try MipmappedTexture(
      width: picture.width, height: picture.height, channels: picture.channels,
      bytes: picture.bytes())
    light = file.description.decoder.light.flatMap(Light.init(rawValue:)) ?? .soft
  }

  private init(texture: MipmappedTexture) {
    self.texture = texture
    light = .soft
  }

  /// A surface of one colour, on which light shows the shape best.
  static func grey() throws -> PlainAppearance {
    PlainAppearance(
      texture: try MipmappedTexture(width: 1, height: 1, channels: 3, bytes: [188, 188, 188]))
  }

  public func makeRenderer(
    of scene: Scene, settings: RenderSettings, pool: WorkerPool, progress: (FrameProgress) -> Bool
  ) throws -> any FrameRenderer {
    let decoder = PlainDecoder(
      part: scene.person.parts[0], appearance: self, settings: settings, pool: pool)
    return MeshFrameRenderer(scene: scene, decoder: decoder, settings: settings, pool: pool)
  }
}
