import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import NeuralRender
import SMPLX
import TensorFiles

/// A folder of DINAR's layout with one person, networks for it, and the tiny body: a damaged file takes the
/// place of one of them and goes the whole way.
final class DinarWorld {
  enum Part: String { case photo = "rgb/p.png", mask = "segm/p.png", fit = "smplx/p.pkl" }

  // One thread fuzzes.
  nonisolated(unsafe) static let shared = Result { try DinarWorld() }

  private let assets: Assets
  private let root: String
  private let pool = WorkerPool(threads: 1)
  private let bodies: DinarBodies
  private let files: [Part: [UInt8]]
  private let checkpoint: [UInt8]
  private var data: String { root + "/data" }
  private var whole: String { root + "/networks.ckpt" }

  private init() throws {
    let world = try AvatarWorld.shared.get()
    root = world.folder
    assets = Assets(root: root)
    let (photo, mask) = try DinarSeeds.pictures()
    files = [.photo: photo, .mask: mask, .fit: try DinarSeeds.fits()[0]]
    checkpoint = try DinarSeeds.checkpoint()
    bodies = try DinarBodies(
      bodies: nil, tables: nil, textureSize: DinarSeeds.textureSize, assets: assets, pool: pool)
    for folder in ["rgb", "segm", "smplx"] {
      try FileManager.default.createDirectory(
        atPath: "\(data)/\(folder)", withIntermediateDirectories: true)
    }
    for (part, bytes) in files { try write(bytes, "data/\(part.rawValue)") }
    try write(checkpoint, "networks.ckpt")
    try write(DinarSeeds.configuration, "eval.yaml")
    // Seeds that nothing accepts would test nothing.
    try make(checkpoint: whole)
  }

  func seeds() throws -> [String: [[UInt8]]] {
    let other = try PNGFile.encode(
      Picture(
        width: 48, height: 64, channels: 4, bytes: [UInt8](repeating: 200, count: 48 * 64 * 4)))
    return [
      "dinar-photo": [files[.photo], other].compactMap { $0 },
      "dinar-mask": [files[.mask], other].compactMap { $0 },
      "dinar-fit": try DinarSeeds.fits(),
      "dinar-configuration": [DinarSeeds.configuration],
      "dinar-networks": [checkpoint],
    ]
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(root)/\(name)"))
  }

  /// One of a person's files: looked at, cut, and carried onto the texture.
  func looking(at bytes: [UInt8], as part: Part) throws {
    try write(bytes, "data/\(part.rawValue)")
    defer { try? write(files[part] ?? [], "data/\(part.rawValue)") }
    let sampler = DinarSampler(bodies: bodies, side: DinarSeeds.side, pool: pool)
    let folder = try DinarFolder(path: data)
    for finding in DinarDataCheck(sampler: sampler, bodies: bodies, pool: pool).findings(in: folder)
    {
      if let error = finding.error { throw error }
    }
    for person in folder.persons {
      let sample = try sampler.sample(person)
      let raster = try PhotoRaster(sample, surface: bodies.surface, pool: pool)
      let known = try KnownTexture(sample, raster: raster, size: DinarSeeds.textureSize)
      _ = try KnownTexture.merging([known, known])
    }
  }

  /// What networks there are for a configuration, and where its bodies and tables lie.
  func configure(_ path: String) throws {
    let configuration = try DinarConfiguration(path: path)
    _ = DinarLayout(beside: [data], configuration: configuration)
    var settings = DinarSettings(checkpoint: whole)
    settings.configuration = path
    settings.body = root + "/body"
    _ = try DinarAvatar(settings, beside: nil, assets: assets, pool: pool)
  }

  /// The whole way to an avatar of the person.
  func make(checkpoint path: String) throws {
    var settings = DinarSettings(checkpoint: path)
    settings.configuration = root + "/eval.yaml"
    settings.solver = .dpmSolver(steps: 2)
    let maker = try DinarAvatar(settings, beside: data, assets: assets, pool: pool)
    let output = root + "/made.safetensors"
    for person in try DinarFolder(path: data).persons {
      let clock = WorkClock<DinarStage>()
      let texture = try maker.texture(of: [maker.sample(person)], clock: clock)
      defer { unlink(output) }
      _ = try maker.write(
        texture, name: person.name, to: output, overwrite: true, clock: clock)
      _ = try maker.record(texture)
      _ = try maker.sheet(texture, avatar: output)
    }
  }
}
