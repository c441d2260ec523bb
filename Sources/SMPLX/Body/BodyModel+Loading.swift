// Reads a body model from a file, checks every array against the others, and finds the file of a
// gender in a folder.
//
// Matches: the `smplx` package: keys, the 10 + 10 and 300 + 100 column layouts, built-in vertex
// joints. Differs: everything wrong with the keys of a file is listed in one error.

import Compute
import Foundation
import TensorFiles

extension BodyModel {
  /// The most betas and expression coefficients to keep, the first ones; nil keeps what the file
  /// has. Full official files have 300 and 100, which take 50 MB.
  public struct ColumnLimits: Sendable {
    public var betas: Int?
    public var expression: Int?
    public init(betas: Int? = nil, expression: Int? = nil) {
      self.betas = betas.map { max(0, $0) }
      self.expression = expression.map { max(0, $0) }
    }
  }

  /// Keys without which a file is no body model.
  static let requiredKeys = [
    "v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f",
    "hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr",
  ]

  /// The vertices the `smplx` package has built in for the 21 joints after the 55, used where a
  /// file does not name its own (`vertex_joint_ids`).
  static let standardVertexJointIDs = [
    9120, 9929, 9448, 616, 6, 5770, 5780, 8846, 8463, 8474, 8635, 5361, 4933, 5058, 5169, 5286,
    8079, 7669, 7794, 7905, 8022,
  ]

  /// Loads a model file (.npz or .pkl), or the neutral body of a folder.
  ///
  /// - Parameter columnLimits: how much of the shape space to keep; all of it by default.
  /// - Throws: `ProgramError`: no such file (`.noInput`); a file that is no body model or whose
  ///   arrays contradict each other (`.dataError`, naming the array, what was expected and found).
  public static func load(
    path: String, columnLimits: ColumnLimits = ColumnLimits()
  ) throws -> BodyModel {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ProgramError(
        .noInput, "no such body model", file: path,
        hint: "name a SMPL-X model file (.npz or .pkl) or the folder that holds SMPLX_NEUTRAL.npz")
    }
    if isFolder.boolValue {
      return try load(path: path, gender: "neutral", columnLimits: columnLimits)
    }
    do {
      return try load(openArrays(path), path, columnLimits)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Loads the body in an archive that is open already; as `load(path:columnLimits:)`.
  public static func load(_ archive: NPZFile) throws -> BodyModel {
    try load(archive, archive.path, ColumnLimits())
  }

  /// Loads the body in a pickle that has been read already; `path` is the file for errors.
  public static func load(_ pickle: PickleValue, path: String) throws -> BodyModel {
    try load(arrays(of: pickle, path: path), path, ColumnLimits())
  }

  private static func load(
    _ arrays: any NamedArrays, _ path: String, _ columnLimits: ColumnLimits
  ) throws -> BodyModel {
    do {
      if let archive = arrays as? NPZFile { try BodyLimits.checkRoom(archive) }
      return BodyModel(
        try BodyModelLoader(
          arrays: BodyArrays(arrays: arrays), path: path, columnLimits: columnLimits
        ).load())
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Older downloads: arrays, chumpy's arrays, and a sparse joint regressor.
  private static func arrays(of pickle: PickleValue, path: String) throws -> PickleArrays {
    guard let arrays = PickleArrays(pickle, file: path, kind: "body file") else {
      throw ProgramError(
        .dataError, "not a body model", expected: "a dictionary of arrays", found: "another pickle")
    }
    return arrays
  }

  /// Loads the body of a gender from a folder by its official name, see `file(in:gender:)`.
  ///
  /// - Parameter gender: "neutral", "male" or "female". A `path` that is a file is loaded as it is.
  public static func load(
    path: String, gender: String, columnLimits: ColumnLimits = ColumnLimits()
  ) throws -> BodyModel {
    try load(path: file(in: path, gender: gender), columnLimits: columnLimits)
  }

  /// The file of a gender in a folder: `SMPLX_NEUTRAL.npz`, `SMPLX_MALE.pkl` ..., in the folder
  /// itself, in its `smplx` or in its `models/smplx`. A path that is a file is that file.
  ///
  /// - Throws: `usage` for another gender, `noInput` when the folder has no such file.
  public static func file(in path: String, gender: String) throws -> String {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists && !isFolder.boolValue { return path }
    let wanted = gender.lowercased()
    guard ["neutral", "male", "female"].contains(wanted) else {
      throw ProgramError(
        .usage, "unknown gender", expected: "neutral, male or female", found: "\"\(gender)\"")
    }
    let names = [wanted.uppercased(), wanted].flatMap { name in
      ["npz", "pkl"].map { "SMPLX_\(name).\($0)" }
    }
    for folder in ["", "smplx", "models/smplx"] {
      for name in names {
        let url = URL(fileURLWithPath: path).appendingPathComponent(folder)
          .appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: url.path) { return url.path }
      }
    }
    throw ProgramError(
      .noInput, "the folder holds no \(wanted) body", file: path,
      expected: names.prefix(2).joined(separator: " or "),
      hint: "name the model file itself if it has another name")
  }

  private static func openArrays(_ path: String) throws -> any NamedArrays {
    let expected = "a SMPL-X body model (.npz or .pkl)"
    let hint = "SMPL-X models come as SMPLX_NEUTRAL.npz"
    // The content decides, not the name.
    switch try FileKind(path: path) {
    case .zip:
      let archive: NPZFile
      do {
        archive = try NPZFile(path: path)
      } catch let error as ProgramError where error.what == NPZFile.holdsNoArrays {
        throw ProgramError.otherKind("not a body model", path: path, expected: expected, hint: hint)
      }
      // A motion, say. A body that lacks some of its arrays is told which.
      guard BodyModel.requiredKeys.contains(where: archive.contains) else {
        throw ProgramError.otherKind("not a body model", path: path, expected: expected, hint: hint)
      }
      return archive
    case .pickle:
      let pickle = try Pickle.read(path: path)
      guard BodyModel.requiredKeys.contains(where: { pickle[$0] != nil }) else {
        throw ProgramError.otherKind("not a body model", path: path, expected: expected, hint: hint)
      }
      return try arrays(of: pickle, path: path)
    default:
      throw ProgramError.otherKind("not a body model", path: path, expected: expected, hint: hint)
    }
  }
}
