import Compute
import Media
import Rasterizer
import SMPLX

/// What covers an avatar's body.
public enum Appearance: Sendable {
  /// Colours of the surface.
  case plain(MipmappedTexture)
  /// Features that a network turns into a picture.
  case neural(NeuralAppearance)
}

/// An avatar made ready to render: shaped body, mesh and decoded textures. Made once, shared by all
/// frames and threads.
public final class Person: Sendable {
  public let description: AvatarDescription
  public let body: ShapedBody
  public let mesh: Mesh
  public let normalTopology: NormalTopology
  public let appearance: Appearance
  /// Texture coordinates as two planes, u then v, `uvStride` apart.
  let uvPlanes: SharedPlanes
  var uvStride: Int { uvPlanes.stride }
  /// Whether the body says where its surface lies in a texture.
  public let hasTextureCoordinates: Bool
  /// Things the user should know, in whole sentences.
  public let notices: [String]

  /// Loads an avatar and its body, or a body, which is grey.
  ///
  /// - Parameters:
  ///   - avatar: a path or a bundled name of an avatar or a body.
  ///   - body: replaces the avatar's own body: a path, a folder of official files or a bundled name.
  ///   - checkpoint: weights of a neural avatar's network, instead of its own.
  ///   - pool: reads body and texture at the same time if it has two workers.
  public convenience init(
    avatar: String, body override: String? = nil, checkpoint: String? = nil, assets: Assets,
    pool: WorkerPool = WorkerPool(threads: 1)
  ) throws {
    try self.init(
      assets.subject(avatar), body: override, checkpoint: checkpoint, assets: assets, pool: pool)
  }

  /// Loads what `Assets.subject` found.
  public init(
    _ subject: Subject, body override: String? = nil, checkpoint: String? = nil, assets: Assets,
    pool: WorkerPool = WorkerPool(threads: 1)
  ) throws {
    let path = subject.path
    description = subject.description
    let isPlain = description.decoder.kind == "plain"
    if isPlain, checkpoint != nil {
      throw ProgramError(
        .usage, "the avatar has no network that a checkpoint could replace", file: path,
        key: "--checkpoint")
    }
    let loading = Loading()
    pool.run(2) { [description] piece, _ in
      if piece == 0 {
        if isPlain {
          loading.texture = Result { try subject.file.map(Self.texture) ?? Self.grey() }
        }
      } else {
        loading.body = Result {
          try subject.isBody
            ? LoadedBody(model: path)
            : LoadedBody(description, avatarPath: path, override: override, assets: assets)
        }
      }
    }
    let loaded = try loading.body.get()
    (notices, body) = (loaded.notices, loaded.body)
    let model = loaded.body.model
    normalTopology = try NormalTopology(faces: model.faces, vertexCount: model.vertexCount)
    guard let file = subject.file, !isPlain else {
      hasTextureCoordinates = model.uv != nil
      mesh = try subject.isBody ? Self.greyMesh(of: model) : Self.mesh(of: model)
      uvPlanes = SharedPlanes(interleaved: mesh.uv, channels: 2)
      appearance = .plain(try loading.texture.get())
      return
    }
    hasTextureCoordinates = true
    let neural = try NeuralAppearance(of: file, checkpoint: checkpoint, body: model)
    let uv = neural.surface.upwardCoordinates
    mesh = try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: uv,
      uvTriangles: neural.surface.faces, vertexParts: Self.parts(of: model))
    uvPlanes = SharedPlanes(interleaved: uv, channels: 2)
    appearance = .neural(neural)
  }

  /// What is read at the same time.
  private final class Loading: @unchecked Sendable {
    // Sendable: each worker writes the member of its own piece.
    private static var nothing: ProgramError { ProgramError(.software, "nothing was loaded") }
    var texture = Result<MipmappedTexture, any Error>.failure(nothing)
    var body = Result<LoadedBody, any Error>.failure(nothing)
  }

  /// A body with the avatar's shape.
  private struct LoadedBody {
    let notices: [String]
    let body: ShapedBody

    /// The body as its file has it.
    init(model path: String) throws {
      notices = []
      body = try ShapedBody(model: try BodyModel.load(path: path))
    }

    init(
      _ description: AvatarDescription, avatarPath: String, override: String?, assets: Assets
    ) throws {
      let found = try assets.body(for: description, avatarPath: avatarPath, override: override)
      notices = found.notice.map { [$0] } ?? []
      let model = try BodyModel.load(path: found.path)
      body = try ShapedBody(
        model: model, betas: description.betas, expression: description.expression ?? [])
    }
  }

  private static func texture(of file: AvatarFile) throws -> MipmappedTexture {
    let picture = try file.colorTexture()
    return try MipmappedTexture(
      width: picture.width, height: picture.height, channels: picture.channels,
      bytes: picture.bytes())
  }

  private init(_ other: Person, body: ShapedBody) {
    description = other.description
    self.body = body
    mesh = other.mesh
    normalTopology = other.normalTopology
    appearance = other.appearance
    uvPlanes = other.uvPlanes
    hasTextureCoordinates = other.hasTextureCoordinates
    notices = other.notices
  }

  /// The same person with another shape.
  public func reshaped(betas: [Float]) throws -> Person {
    Person(
      self,
      body: try ShapedBody(model: body.model, betas: betas, expression: body.expression))
  }

  static func mesh(of model: BodyModel) throws -> Mesh {
    guard let uv = model.uv, let uvFaces = model.uvFaces else {
      throw ProgramError(
        .dataError, "the body has no texture coordinates", file: model.path, key: "vt, ft",
        hint: "use a body file with vt and ft, such as the official .npz or a bundled body")
    }
    return try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: uv, uvTriangles: uvFaces,
      vertexParts: parts(of: model))
  }

  /// Of a body without a texture: its own texture coordinates, or one point for everything.
  private static func greyMesh(of model: BodyModel) throws -> Mesh {
    if model.uv != nil, model.uvFaces != nil { return try mesh(of: model) }
    return try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: [0.5, 0.5],
      uvTriangles: [UInt32](repeating: 0, count: model.faces.count), vertexParts: parts(of: model))
  }

  /// A surface of one colour, on which light shows the shape best.
  private static func grey() throws -> MipmappedTexture {
    try MipmappedTexture(width: 1, height: 1, channels: 3, bytes: [188, 188, 188])
  }

  /// The body's own parts, or the joints that its vertices follow.
  private static func parts(of model: BodyModel) -> [UInt8] {
    model.parts ?? model.dominantJoints()
  }
}

/// Interleaved values as planes padded to sixteen, for kernels.
final class SharedPlanes: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let buffer: AlignedBuffer<Float>
  let stride: Int

  init(interleaved values: [Float], channels: Int) {
    let count = values.count / channels
    stride = (count + 15) & ~15
    buffer = AlignedBuffer(count: max(channels * stride, 16), filledWith: 0)
    for index in 0..<count {
      for channel in 0..<channels {
        buffer[channel * stride + index] = values[index * channels + channel]
      }
    }
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }
}
