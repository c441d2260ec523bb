import Avatar
import Compute
import Foundation
import SMPLX
import TensorFiles

/// The bodies that persons are fitted with, loaded once each, and how a texture lies on them.
public final class DinarBodies {
  public struct Entry: Sendable {
    public let path: String
    public let gender: String
    /// Ten betas and ten expression coefficients.
    public let model: BodyModel
  }

  /// DINAR's uv rows; the same for all bodies.
  public let surface: SurfaceTable
  /// The texture's masks.
  public let maps: DinarMaps
  /// Sentences for the user, one for each thing that was derived.
  public let notices: [String]
  private let folder: String
  private var loaded: [String: Entry] = [:]

  /// - Parameters:
  ///   - bodies: a folder of SMPLX_NEUTRAL, SMPLX_MALE and SMPLX_FEMALE (`.npz`, `.pkl`), a body file, or
  ///     nil for the bundled ones.
  ///   - tables: a folder of DINAR's `uv.npy`, `uv_faces.npy`, `v_inds.npy`, `SMPLX-mesh-neutral.png` and
  ///     `SMPLX-eyes-hands-mask.png`; what it lacks, or all if it is nil, is derived from the body.
  ///   - checkpoint: its rasterizer's tables come before those that the body gives.
  ///   - textureSize: pixels, from the checkpoint.
  /// - Throws: when the neutral body is missing, or the tables are not for it.
  public init(
    bodies: String?, tables: String?, checkpoint: TorchCheckpoint? = nil, textureSize: Int,
    assets: Assets, pool: WorkerPool
  ) throws {
    folder = try bodies.map { try assets.resolve($0, .body) } ?? "\(assets.root)/body"
    let neutral = try Self.load("neutral", from: folder)
    loaded["neutral"] = neutral
    var notices: [String] = []
    let names = Self.tableNames
    let stored = try Self.table(of: checkpoint, for: neutral)
    let isThere = { (path: String) in FileManager.default.fileExists(atPath: path) }
    if let tables, names.contains(where: { isThere("\(tables)/\($0)") }) {
      surface = try SurfaceTable(folder: tables)
      try surface.check(neutral.model, file: tables)
      if let stored { try surface.checkAgrees(with: stored, file: tables) }
    } else if let stored {
      surface = stored
    } else {
      surface = try SurfaceTable(body: neutral.model)
      notices.append(
        "uv.npy, uv_faces.npy and v_inds.npy are derived from \(neutral.path): right for a checkpoint "
          + "that was trained with that body's texture coordinates")
    }
    let (maps, remarks) = try DinarMaps.read(
      tables, body: neutral.model, surface: surface, size: textureSize, pool: pool)
    self.maps = maps
    self.notices = notices + remarks
  }

  private static let tableNames = ["uv.npy", "uv_faces.npy", "v_inds.npy"]

  /// A folder of tables that somebody named: not to be passed over.
  ///
  /// - Throws: `noInput` for what is no folder, or has none of DINAR's files.
  public static func check(tables folder: String) throws {
    guard InputFile.isFolder(folder) else {
      throw ProgramError(
        .noInput, "there is no such folder", file: folder, key: "`tables`",
        expected: "a folder of \(tableNames.listed())")
    }
    let names = tableNames + DinarMaps.fileNames
    guard names.contains(where: { FileManager.default.fileExists(atPath: "\(folder)/\($0)") })
    else {
      throw ProgramError(
        .noInput, "the folder holds none of DINAR's tables", file: folder, key: "`tables`",
        expected: names.listed())
    }
  }

  /// The body of a gender.
  ///
  /// - Throws: when there is none, or it has other faces than the neutral one.
  public func body(_ gender: String) throws -> Entry {
    if let entry = loaded[gender] { return entry }
    let entry = try Self.load(gender, from: folder)
    try surface.check(entry.model, file: entry.path)
    loaded[gender] = entry
    return entry
  }

  /// A checkpoint's own table; nil where there is none.
  private static func table(
    of checkpoint: TorchCheckpoint?, for body: Entry
  ) throws -> SurfaceTable? {
    guard let checkpoint else { return nil }
    do {
      return try SurfaceTable(
        checkpoint: checkpoint, prefix: DinarImport.rasterizerPrefix, body: body.model)
    } catch var error as ProgramError {
      error.hint = "`body` and `tables` name the checkpoint's smplx_models and smplx_data"
      throw error
    }
  }

  private static func load(_ gender: String, from folder: String) throws -> Entry {
    let path = try BodyModel.file(in: folder, gender: gender)
    return Entry(
      path: path, gender: gender,
      model: try BodyModel.load(path: path, columnLimits: DinarFit.columns))
  }
}
