import Compute
import Foundation
import SMPLX
import TensorFiles

/// Landmark offsets as files: one array `landmark_offsets`, (33, 3) metres, in a `.npz` that is named after
/// the SHA-256 of the body's file.
public enum OffsetFile {
  private static let key = "landmark_offsets"

  /// The file's name for a body.
  public static func name(bodyHash: String) -> String { "\(bodyHash).npz" }

  /// - Throws: `ProgramError` for a file that holds something else.
  public static func read(_ path: String) throws -> LandmarkOffsets {
    try ProgramError.locating(file: path, key: key) {
      let array = try NPZFile(path: path).tensor(key)
      let values = try array.floats()
      let count = LandmarkOffsets.zero.body.count
      guard array.shape == [count, 3], values.allSatisfy({ abs($0) < 1 }) else {
        throw ProgramError(
          .dataError, "these are no landmark offsets", expected: "(\(count), 3), metres",
          found: "\(array.shape)", hint: "remove the file: offsets are measured again")
      }
      return LandmarkOffsets(
        body: (0..<count).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) })
    }
  }

  /// Writes beside `path` and renames.
  public static func write(_ offsets: LandmarkOffsets, to path: String) throws {
    let values = offsets.body.flatMap { [$0.x, $0.y, $0.z] }
    try NPZ.write(
      [(key, TensorData(shape: [offsets.body.count, 3], floats: values))], to: path)
  }

  /// The offsets of a body: those of a folder that has them, else measured and kept in the last folder.
  ///
  /// - Parameters:
  ///   - folders: searched in this order; the last one may be written to and is made if need be.
  ///   - measure: called if no folder has them.
  public static func offsets(
    bodyHash: String, folders: [String], measure: () throws -> LandmarkOffsets
  ) throws -> LandmarkOffsets {
    let name = name(bodyHash: bodyHash)
    for folder in folders {
      let path = "\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: path) { return try read(path) }
    }
    let offsets = try measure()
    if let folder = folders.last {
      // A cache that cannot be written costs time, not the result.
      try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try? write(offsets, to: "\(folder)/\(name)")
    }
    return offsets
  }
}
