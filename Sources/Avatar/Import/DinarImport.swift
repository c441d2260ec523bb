import Compute
import Foundation
import NeuralRender
import SMPLX
import TensorFiles

/// Makes avatar files of DINAR's persons and its checkpoint.
///
/// Everything that rendering needs is checked here: the network's keys and shapes, the body by the
/// vertices of the fit, the texture's size, the uv tables.
public struct DinarImport {
  /// What DINAR's checkpoints put before the rasterizer's tables.
  package static let rasterizerPrefix = "first_stage.rasterizer."

  private let checkpoint: TorchCheckpoint
  private let weights: DinarWeights
  /// Of all persons: converted once.
  private let parameters: Parameters
  private let given: SurfaceTable?
  private let tables: String?
  private let body: String?
  private let assets: Assets
  private let embedsWeights: Bool
  private let pool: WorkerPool

  /// Opens and checks the checkpoint.
  ///
  /// - Parameters:
  ///   - tables: folder of `uv.npy`, `uv_faces.npy` and `v_inds.npy`; nil takes the checkpoint's
  ///     tables, or what the body's own texture coordinates give.
  ///   - body: a body file, a folder of official ones, or nil for the bundled ones.
  ///   - embedsWeights: whether avatars hold the network, or need the checkpoint to be rendered.
  public init(
    checkpoint path: String, tables: String?, body: String?, embedsWeights: Bool, assets: Assets,
    pool: WorkerPool
  ) throws {
    try self.init(
      TorchCheckpoint(path: path), tables: tables, surface: nil, body: body,
      embedsWeights: embedsWeights, assets: assets, pool: pool)
  }

  /// - Parameters:
  ///   - checkpoint: that has been opened already.
  ///   - surface: the rows that textures were made with; nil as `tables` says.
  package init(
    _ checkpoint: TorchCheckpoint, tables: String? = nil, surface: SurfaceTable?, body: String?,
    embedsWeights: Bool, assets: Assets, pool: WorkerPool
  ) throws {
    self.pool = pool
    self.checkpoint = checkpoint
    given = surface
    weights = try DinarWeights(checkpoint)
    try checkpoint.verify()
    // Also where the weights stay outside: what is written can be rendered.
    parameters = try weights.parameters()
    self.tables = tables
    self.body = body
    self.assets = assets
    self.embedsWeights = embedsWeights
  }

  /// Makes the avatar of one person.
  ///
  /// - Parameters:
  ///   - provenance: what its file says of where it is from.
  ///   - progress: called while layers are calibrated; returning false throws `interrupted`.
  /// - Returns: things the user should know.
  public func makeAvatar(
    of person: DinarPerson, at output: String, overwrite: Bool,
    provenance: String = "imported from DINAR", progress: (FrameProgress) -> Bool = { _ in true }
  ) throws -> [String] {
    let texture = person.texture
    guard texture.shape[0] == weights.renderer.sizes.textureChannels else {
      throw ProgramError(
        .dataError, "the texture is not for this checkpoint's renderer", file: person.path,
        key: "ntexture", expected: "\(weights.renderer.sizes.textureChannels) channels",
        found: "\(texture.shape[0])")
    }
    let bodyPath = try BodyModel.file(
      in: body.map { try assets.resolve($0, .body) } ?? "\(try assets.root)/body",
      gender: person.gender
    )
    let model = try BodyModel.load(path: bodyPath)
    let surface = try surface(of: model)
    let fit = try person.fit(on: model)
    let shaped = try ShapedBody(model: model, betas: fit.betas, expression: fit.expression)
    try check(person, shaped, fit.pose, surface)

    let prefix = "renderer."
    var description = AvatarDescription(
      name: person.name,
      body: try assets.reference(toBody: bodyPath, gender: person.gender),
      betas: shaped.betas, expression: shaped.expression,
      decoder: .init(
        kind: DinarAppearance.kind, weightsPrefix: embedsWeights ? prefix : nil,
        checkpoint: URL(fileURLWithPath: checkpoint.path).lastPathComponent),
      textures: [
        "neural": .init(tensor: "texture", encoding: "features", colorSpace: nil, origin: nil)
      ],
      surface: SurfaceTable.names)
    description.photo = AvatarDescription.Photo(
      camera: person.camera, width: person.pictureSize.width, height: person.pictureSize.height,
      rotations: fit.pose.rotations.map { [$0.x, $0.y, $0.z] },
      translation: [fit.pose.translation.x, fit.pose.translation.y, fit.pose.translation.z])
    description.provenance = provenance
    let quantization =
      embedsWeights
      ? try calibrate(person, shaped, fit.pose, surface, description, progress) : nil
    var tensors = ([("texture", texture)] + surface.tensors).map { ($0, ArraySource($1)) }
    if embedsWeights {
      // Written from where they lie: a network may be as large as half of the memory.
      for key in parameters.keys {
        guard let tensor = parameters[key] else { continue }
        tensors.append((prefix + key, ArraySource(tensor)))
      }
    }
    try AvatarFile.write(
      description, tensors: tensors, quantization: quantization, to: output, overwrite: overwrite)
    return person.vertices.isEmpty
      ? ["\(person.path) keeps no vertices, so the body could not be checked"] : []
  }

  /// Finds the layers that may be computed in bytes, on the person of the photo seen from all sides.
  /// A picture that the network cannot draw is left to rendering.
  private func calibrate(
    _ person: DinarPerson, _ body: ShapedBody, _ pose: BodyPose, _ surface: SurfaceTable,
    _ description: AvatarDescription, _ progress: (FrameProgress) -> Bool
  ) throws -> QuantizationResult? {
    guard let photo = description.photo else { return nil }
    let appearance = DinarAppearance(
      texture: try Tensor(person.texture).reshaped([1] + person.texture.shape), surface: surface,
      weights: weights)
    let poses = StillPose(pose, frameCount: 3)
    let camera = try PhotoCamera(
      photo, width: photo.width, height: photo.height,
      angles: (0..<3).map { 2 * .pi * Float($0) / 3 },
      pivot: PhotoCamera.pivot(of: body, pose, vertices: surface.vertices))
    guard
      let network = try? DinarNetwork(
        appearance, parameters: parameters, width: photo.width, height: photo.height, pool: pool)
    else { return nil }
    return try network.calibrate(
      surface,
      on: DinarNetwork.Frames(
        body: body, poses: poses, camera: camera, numbers: Array(0..<3)),
      budget: NetworkPrecision.defaultBudget, progress: progress)
  }

  private func surface(of model: BodyModel) throws -> SurfaceTable {
    if let given {
      try given.check(model, file: checkpoint.path)
      return given
    }
    let stored = try SurfaceTable(
      checkpoint: checkpoint, prefix: Self.rasterizerPrefix, body: model)
    guard let tables else { return try stored ?? SurfaceTable(body: model) }
    let read = try SurfaceTable(folder: tables)
    try read.check(model, file: tables)
    if let stored { try read.checkAgrees(with: stored, file: tables) }
    return read
  }

  /// Throws unless the posed body lies where the person's vertices do.
  private func check(
    _ person: DinarPerson, _ body: ShapedBody, _ pose: BodyPose, _ surface: SurfaceTable
  ) throws {
    guard !person.vertices.isEmpty else { return }
    guard person.vertices.count == 3 * surface.rowCount else {
      throw ProgramError(
        .dataError, "the person was made with other uv tables", file: person.path, key: "verts",
        expected: "\(surface.rowCount) rows", found: "\(person.vertices.count / 3)",
        hint: "`body` and `tables` name the body and the tables that DINAR had")
    }
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    try poser.pose(pose)
    let posed = poser.vertices()
    let (k0, k1) = (person.camera[0], person.camera[1])
    var sum = 0.0
    var count = 0
    for row in Set(surface.faces) {
      let expected = person.vertices[3 * Int(row)..<3 * Int(row) + 3]
      let base = expected.startIndex
      let point = posed[Int(surface.vertices[Int(row)])]
      let x = k0[0] * point.x / point.z + k0[2] - expected[base] / expected[base + 2]
      let y = k1[1] * point.y / point.z + k1[2] - expected[base + 1] / expected[base + 2]
      sum += Double(x * x + y * y)
      count += 1
    }
    let distance = (sum / Double(max(count, 1))).squareRoot()
    // Written so that a NaN fails.
    guard distance < 0.01 * Double(person.pictureSize.width) else {
      throw ProgramError(
        .dataError, "the body is not the one this person was fitted with", file: body.model.path,
        key: "verts of \(person.path)",
        expected: "vertices within \(0.01 * Double(person.pictureSize.width)) pixels of the fit",
        found: String(format: "%.1f pixels away", distance),
        hint: "`body` names the \(person.gender) SMPL-X model that DINAR had")
    }
  }
}
