import Compute
import Media
import SMPLX

/// An avatar made ready to render: shaped body, meshes and decoded textures. Made once, shared by all
/// frames and threads.
public final class Person: Sendable {
  public let description: AvatarDescription
  public let body: ShapedBody
  /// In the order in which they are drawn; the body is the first.
  public let parts: [PersonPart]
  /// Things the user should know, in whole sentences.
  public let notices: [String]

  /// Who draws the person's colours.
  public var appearance: any Appearance { parts[0].appearance }
  /// Whether the body says where its surface lies in a texture.
  public var hasTextureCoordinates: Bool { parts[0].hasTextureCoordinates }

  /// Loads an avatar and its body, or a body, which is grey.
  ///
  /// - Parameters:
  ///   - avatar: a path or a bundled name of an avatar or a body.
  ///   - body: replaces the avatar's own body: a path, a folder of official files or a bundled name.
  ///   - checkpoint: weights of a neural avatar's network, instead of its own.
  ///   - pool: reads body and textures at the same time if it has two workers.
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
    let kind = description.decoder.kind
    if !kind.isNeural, checkpoint != nil {
      throw ProgramError(
        .usage, "the avatar has no network that a checkpoint could replace", file: path,
        key: "`checkpoint`")
    }
    let loading = Loading()
    pool.run(2) { [description] piece, _ in
      if piece == 0 {
        loading.appearance = Result {
          try subject.file.map { try kind.read($0, AppearanceSource(checkpoint: checkpoint)) }
            ?? PlainAppearance.grey()
        }
      } else {
        loading.body = Result {
          try subject.isBody
            ? LoadedBody(model: path)
            : LoadedBody(
              description, offsets: subject.file?.offsets() ?? [], avatarPath: path,
              override: override, assets: assets)
        }
      }
    }
    let loaded = try loading.body.get()
    (notices, body) = (loaded.notices, loaded.body)
    parts = [
      try PersonPart(
        body: body.model, appearance: try loading.appearance.get(), isBare: subject.isBody)
    ]
  }

  /// A bare body, grey.
  public init(body: ShapedBody) throws {
    let path = body.model.path
    description = Subject(body: path).description
    self.body = body
    notices = []
    parts = [
      try PersonPart(body: body.model, appearance: PlainAppearance.grey(), isBare: true)
    ]
  }

  /// What is read at the same time.
  private final class Loading: @unchecked Sendable {
    // Sendable: each worker writes the member of its own piece.
    private static var nothing: ProgramError { ProgramError(.software, "nothing was loaded") }
    var appearance = Result<any Appearance, any Error>.failure(nothing)
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
      _ description: AvatarDescription, offsets: [SIMD3<Float>], avatarPath: String,
      override: String?, assets: Assets
    ) throws {
      let found = try assets.body(for: description, avatarPath: avatarPath, override: override)
      var notices = found.notice.map { [$0] } ?? []
      let model = try BodyModel.load(path: found.path)
      var offsets = offsets
      if override != nil, !offsets.isEmpty, offsets.count != model.vertexCount {
        offsets = []
        notices.append(
          "the avatar's clothes were made for a body of another mesh than \(found.path); left out")
      }
      body = try ProgramError.locating(file: avatarPath) {
        try ShapedBody(
          model: model, betas: description.betas, expression: description.expression ?? [],
          offsets: offsets)
      }
      self.notices = notices
    }
  }

  private init(_ other: Person, body: ShapedBody) {
    description = other.description
    self.body = body
    parts = other.parts
    notices = other.notices
  }

  /// The same person with another shape, in the same clothes.
  public func reshaped(betas: [Float]) throws -> Person {
    Person(
      self,
      body: try ShapedBody(
        model: body.model, betas: betas, expression: body.expression, offsets: body.offsets))
  }
}
