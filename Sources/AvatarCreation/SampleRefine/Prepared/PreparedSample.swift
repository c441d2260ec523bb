import Compute

/// A person as the authors of Sample&Refine prepare one: three pictures of a texture atlas.
public struct PreparedSample: Sendable, Equatable {
  /// Files: the partial texture, completed by symmetry; where it is known; normals of the body.
  public let texture: String
  public let mask: String
  public let normals: String
  /// What files of the person are named after; unique among those that were found together.
  public var name: String

  /// The end of a texture's name that their program cuts off, by its length alone: `_symmetry.png`.
  static let textureEnding = "_symmetry"

  public init(texture: String, mask: String, normals: String) {
    (self.texture, self.mask, self.normals) = (texture, mask, normals)
    name = Self.name(ofTexture: texture)
  }

  /// The name of a texture's file without what says that it is one.
  static func name(ofTexture path: String) -> String {
    let stem = PathParts(path).stem
    let isMarked = stem.hasSuffix(textureEnding) && stem.utf8.count > textureEnding.utf8.count
    return isMarked ? String(stem.dropLast(textureEnding.count)) : stem
  }

  /// What the authors' program names outputs after: the file's name without its last 13 characters,
  /// whichever they are. A name that is no longer than that stays whole.
  public var originalName: String {
    let name = PathParts(texture).name
    return name.count > 13 ? String(name.dropLast(13)) : PathParts(texture).stem
  }
}
