/// The JSON entry of an avatar file: who the person is and how the pixels are made.
///
/// An avatar is a `.safetensors` file whose `__metadata__` holds this under the key `avatar`;
/// `docs/FORMATS.md` describes it for people who write such files from other programs.
public struct AvatarDescription: Codable, Sendable, Equatable {
  /// The newest version this program writes and the newest it reads.
  public static let currentVersion = 1

  /// Body model the avatar was made for. Texture coordinates and shape space belong to it.
  public struct Body: Codable, Sendable, Equatable {
    /// File name, looked for beside the avatar and among the bundled bodies.
    public var file: String
    /// SHA-256 of that file in hexadecimal, if known.
    public var sha256: String?

    public init(file: String, sha256: String? = nil) {
      self.file = file
      self.sha256 = sha256
    }
  }

  public struct Decoder: Codable, Sendable, Equatable {
    /// "plain": the texture is the surface's colour.
    public var kind: String
    /// "soft" (default): hemisphere and key light; "none": the texture as it is.
    public var light: String?

    public init(kind: String, light: String? = nil) {
      self.kind = kind
      self.light = light
    }
  }

  public struct Texture: Codable, Sendable, Equatable {
    /// Name of the tensor in the same file.
    public var tensor: String
    /// "png": the tensor is the bytes of a PNG file, (n) uint8; "raw": (H, W, 3 or 4) uint8.
    public var encoding: String
    /// "srgb" is the only space there is so far.
    public var colorSpace: String?
    /// "upper_left": row 0 is v = 1, as pictures are stored for Wavefront-style coordinates.
    public var origin: String?

    enum CodingKeys: String, CodingKey {
      case tensor, encoding, origin
      case colorSpace = "color_space"
    }

    public init(
      tensor: String, encoding: String, colorSpace: String? = "srgb",
      origin: String? = "upper_left"
    ) {
      self.tensor = tensor
      self.encoding = encoding
      self.colorSpace = colorSpace
      self.origin = origin
    }
  }

  public var formatVersion: Int
  public var name: String
  public var body: Body
  /// Shape coefficients in the body's own shape space; missing ones are zero.
  public var betas: [Float]
  public var expression: [Float]?
  public var decoder: Decoder
  /// By use; the plain decoder reads `color`.
  public var textures: [String: Texture]
  public var description: String?
  public var license: String?
  public var provenance: String?

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case name, body, betas, expression, decoder, textures, description, license, provenance
  }

  public init(
    name: String, body: Body, betas: [Float] = [], expression: [Float]? = nil,
    decoder: Decoder, textures: [String: Texture], description: String? = nil,
    license: String? = nil, provenance: String? = nil
  ) {
    formatVersion = Self.currentVersion
    self.name = name
    self.body = body
    self.betas = betas
    self.expression = expression
    self.decoder = decoder
    self.textures = textures
    self.description = description
    self.license = license
    self.provenance = provenance
  }
}
