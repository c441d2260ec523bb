/// The JSON entry of an avatar file: who the person is and how the pixels are made.
///
/// An avatar is a `.safetensors` file whose `__metadata__` holds this under the key `avatar`;
/// `docs/FORMATS.md` describes it for people who write such files from other programs.
public struct AvatarDescription: Codable, Sendable, Equatable {
  /// The newest version this program writes and the newest it reads.
  public static let currentVersion = 1
  /// What `Body.gender` may say: the genders that bodies are made for.
  public static let genders = ["neutral", "male", "female"]

  /// Body model the avatar was made for. Texture coordinates and shape space belong to it.
  public struct Body: Codable, Sendable, Equatable {
    /// File name, looked for beside the avatar, in the folders of `AVATAR_BODIES` and among the
    /// bundled bodies.
    public var file: String
    /// Where the file was when the avatar was made, absolute; nil for a bundled body.
    public var path: String?
    /// SHA-256 of that file in hexadecimal, if known.
    public var sha256: String?
    /// "neutral", "male" or "female": which body of a folder of official files it is.
    public var gender: String?

    public init(
      file: String, path: String? = nil, sha256: String? = nil, gender: String? = nil
    ) {
      self.file = file
      self.path = path
      self.sha256 = sha256
      self.gender = gender
    }
  }

  public struct Decoder: Codable, Sendable, Equatable {
    public var kind: DecoderKind
    /// "soft" (default): hemisphere and key light; "none": the texture as it is.
    public var light: String?
    /// What the network's tensors in this file begin with; nil if the file holds no weights.
    public var weightsPrefix: String?
    /// Name of the checkpoint that the avatar was made with.
    public var checkpoint: String?

    enum CodingKeys: String, CodingKey {
      case kind, light, checkpoint
      case weightsPrefix = "weights_prefix"
    }

    public init(
      kind: DecoderKind, light: String? = nil, weightsPrefix: String? = nil,
      checkpoint: String? = nil
    ) {
      self.kind = kind
      self.light = light
      self.weightsPrefix = weightsPrefix
      self.checkpoint = checkpoint
    }
  }

  /// Names of the tensors that lay a neural texture over the body.
  public struct Surface: Codable, Sendable, Equatable {
    /// (rows, 2) float32 in [0, 1], the second coordinate down the texture.
    public var coordinates: String
    /// (F, 3) int32, rows of the corners, faces in the body's order.
    public var faces: String
    /// (rows) int32, the body's vertex of each row.
    public var vertices: String

    public init(coordinates: String, faces: String, vertices: String) {
      self.coordinates = coordinates
      self.faces = faces
      self.vertices = vertices
    }
  }

  /// How the person stood before the camera of the photo that the avatar was made from.
  public struct Photo: Codable, Sendable, Equatable {
    /// 3 x 3, rows first: points of the camera's axes (x right, y down, z forward) to pixels.
    public var camera: [[Float]]
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Axis-angle of each joint in the camera's axes, radians.
    public var rotations: [[Float]]
    /// Metres, in the camera's axes.
    public var translation: [Float]

    public init(
      camera: [[Float]], width: Int, height: Int, rotations: [[Float]], translation: [Float]
    ) {
      self.camera = camera
      self.width = width
      self.height = height
      self.rotations = rotations
      self.translation = translation
    }
  }

  public struct Texture: Codable, Sendable, Equatable {
    /// Name of the tensor in the same file.
    public var tensor: String
    /// "png": the tensor is the bytes of a PNG file, (n) uint8; "raw": (H, W, 3 or 4) uint8;
    /// "features": (C, H, W) float32, for a network.
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
  /// Name of the tensor that holds what the person wears: (V, 3) float32, movements of the shaped rest
  /// body's vertices in metres; nil for none.
  public var offsets: String?
  public var decoder: Decoder
  /// By use; the plain decoder reads `color`, neural ones `neural`.
  public var textures: [String: Texture]
  public var surface: Surface?
  public var photo: Photo?
  public var description: String?
  public var license: String?
  public var provenance: String?

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case name, body, betas, expression, offsets, decoder, textures, surface, photo
    case description, license, provenance
  }

  public init(
    name: String, body: Body, betas: [Float] = [], expression: [Float]? = nil,
    offsets: String? = nil, decoder: Decoder, textures: [String: Texture], surface: Surface? = nil,
    photo: Photo? = nil,
    description: String? = nil, license: String? = nil, provenance: String? = nil
  ) {
    formatVersion = Self.currentVersion
    self.name = name
    self.body = body
    self.betas = betas
    self.expression = expression
    self.offsets = offsets
    self.decoder = decoder
    self.textures = textures
    self.surface = surface
    self.photo = photo
    self.description = description
    self.license = license
    self.provenance = provenance
  }
}
