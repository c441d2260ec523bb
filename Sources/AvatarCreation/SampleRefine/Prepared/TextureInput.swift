import Compute
import Media

/// What the networks get of a person: a partial texture, the body's normals and what of it is known.
public struct TextureInput: Sendable {
  /// Texels along a side.
  public let size: Int
  /// (7, size, size): red, green, blue of the texture, x, y, z of normals, the mask.
  public let planes: [UInt8]

  /// - Throws: `dataError` for pictures that lack channels and for a mask that knows nothing.
  public init(
    texture: PreparedPicture, mask: PreparedPicture, normals: PreparedPicture, size: Int,
    pool: WorkerPool
  ) throws {
    try Self.checkColors(texture.picture, "texture")
    try Self.checkColors(normals.picture, "normal map")
    let known = try mask.planes(size: size, pool: pool).prefix(size * size)
    guard known.contains(where: { $0 > 0 }) else {
      throw ProgramError(
        .dataError, "the mask is empty: nothing of the texture is known",
        expected: "white where the texture is known")
    }
    self.size = size
    planes =
      try texture.planes(size: size, pool: pool) + normals.planes(size: size, pool: pool) + known
  }

  /// The pictures of a prepared sample at the networks' size.
  public init(_ sample: PreparedSample, size: Int, pool: WorkerPool) throws {
    func read(_ path: String) throws -> PreparedPicture { try PreparedPicture(path: path) }
    let (texture, mask) = (try read(sample.texture), try read(sample.mask))
    let normals = try read(sample.normals)
    for (picture, what, path) in [
      (texture, "texture", sample.texture), (normals, "normal map", sample.normals),
    ] {
      try ProgramError.locating(file: path) { try Self.checkColors(picture.picture, what) }
    }
    self = try ProgramError.locating(file: sample.mask) {
      try TextureInput(texture: texture, mask: mask, normals: normals, size: size, pool: pool)
    }
  }

  /// (1, 7, size, size) in [0, 1].
  public var tensor: Tensor {
    Tensor(shape: [1, 7, size, size], planes.map { Float($0) / 255 })
  }

  private static func checkColors(_ picture: Picture, _ what: String) throws {
    guard picture.channels >= 3 else {
      throw ProgramError(
        .dataError, "the \(what) is grey", expected: "red, green and blue",
        found: "\(picture.channels) channel\(picture.channels == 1 ? "" : "s")",
        hint: "it may be a mask: texture, mask and normal map may be exchanged")
    }
  }
}
