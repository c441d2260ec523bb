import Avatar
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles

/// What avatars need around them to be imported and drawn: a folder of assets with a tiny body, and a
/// checkpoint and a person that are whole.
final class AvatarWorld: Sendable {
  /// Made when it is first asked for; the error is thrown to whoever asks.
  static let shared = Result { try AvatarWorld() }

  let folder: String
  /// The tiny body.
  let model: BodyModel
  private let assets: Assets
  private var body: String { folder + "/body/SMPLX_NEUTRAL.npz" }
  private var checkpoint: String { folder + "/whole.ckpt" }
  private var person: String { folder + "/whole.pkl" }

  /// Frames have this many pixels a side.
  static let side = 48

  private init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "fuzz-avatars-\(getpid())")
    folder = url.path
    try FileManager.default.createDirectory(
      at: url.appendingPathComponent("body"), withIntermediateDirectories: true)
    assets = Assets(root: folder)
    let body = folder + "/body/SMPLX_NEUTRAL.npz"
    try NPZ.write(TinyBody.arrays, to: body, compressed: false)
    model = try BodyModel.load(path: body)
    try Data(AvatarSeeds.checkpoint()).write(to: URL(fileURLWithPath: checkpoint))
    try Data(AvatarSeeds.person()).write(to: URL(fileURLWithPath: person))
  }

  /// Removes the folder, if it was made.
  static func remove() {
    if case .success(let world) = shared {
      try? FileManager.default.removeItem(atPath: world.folder)
    }
  }

  func content(_ write: (String) throws -> Void) throws -> [UInt8] {
    let path = folder + "/seed"
    defer { unlink(path) }
    try write(path)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Bytes of the seeds of a target by its name.
  func seeds() throws -> [String: [[UInt8]]] {
    [
      "avatar": [
        try content { try AvatarSeeds.plain($0, encoding: "raw") },
        try content { try AvatarSeeds.plain($0, encoding: "png") },
        try content { try AvatarSeeds.neural($0, body: model) },
      ],
      "import": [try AvatarSeeds.checkpoint(), AvatarSeeds.person()],
      "body": [[UInt8](try Data(contentsOf: URL(fileURLWithPath: body)))],
    ]
  }

  /// Draws one frame of an avatar.
  ///
  /// - Parameter otherBody: tried when the avatar does not lie on the tiny body.
  func render(_ path: String, otherBody: String?) throws {
    for body in [body] + [otherBody].compactMap({ $0 }) {
      do {
        for precision in [NetworkPrecision.exact, .fast(budget: 40)] {
          if try !render(path, body: body, precision: precision) { break }
        }
        return
      } catch let error as ProgramError where body != otherBody && otherBody != nil {
        guard error.code == .dataError else { throw error }
      }
    }
  }

  /// Returns whether the avatar is a neural one.
  private func render(_ path: String, body: String, precision: NetworkPrecision) throws -> Bool {
    let pool = WorkerPool(threads: 1)
    let person = try Person(avatar: path, body: body, assets: assets, pool: pool)
    let isNeural = person.description.decoder.kind.isNeural
    let settings = RenderSettings(
      width: Self.side, height: Self.side, supersample: isNeural ? 1 : 2,
      background: .transparent, neural: NeuralSettings(precision: precision))
    try settings.check()
    let camera = CameraSettings(
      mode: .fit, yaw: 0.4, pitch: 0.1, distance: nil, fieldOfView: 0.5, margin: 0.1)
    let scene = try Scene(
      person: person, poses: StillPose(.standing(person.body.model)), selection: .all(1),
      settings: camera, width: Self.side, height: Self.side, pool: pool)
    try draw(scene, settings, pool)
    if isNeural, let photo = person.description.photo {
      let scene = try Scene(
        inPhotoOf: person, poses: StillPose(photo.pose), selection: .all(1), width: Self.side,
        height: Self.side)
      try draw(scene, settings, pool)
    }
    return isNeural
  }

  private func draw(_ scene: Scene, _ settings: RenderSettings, _ pool: WorkerPool) throws {
    let loop = try FrameLoop(scene: scene, settings: settings, pool: pool)
    let sink = try PictureSink(
      path: folder + "/frame.png", width: settings.width, height: settings.height,
      channels: settings.channels, overwrite: true)
    defer { _ = try? sink.cancel(keepPartial: false) }
    _ = try loop.run(into: sink)
  }

  /// Makes an avatar of a checkpoint or of a person, the other one being whole, and draws it.
  func importing(_ path: String, isCheckpoint: Bool) throws {
    let pool = WorkerPool(threads: 1)
    let output = folder + "/imported.safetensors"
    defer { unlink(output) }
    let work = try DinarImport(
      checkpoint: isCheckpoint ? path : checkpoint, tables: nil, body: body, embedsWeights: true,
      assets: assets, pool: pool)
    let person = try DinarPerson(path: isCheckpoint ? self.person : path)
    _ = try work.makeAvatar(of: person, at: output, overwrite: true)
    try render(output, otherBody: nil)
  }
}
