import Compute
import Evaluation
import Foundation
import Media

/// The files that a run of `evaluate` leaves, claimed before it begins.
struct EvaluationFiles {
  enum Kind: String, CaseIterable {
    case csv, json, plot, difference

    var ending: String { self == .csv ? ".csv" : self == .json ? ".json" : ".png" }
  }

  private let files: [(kind: Kind, file: PendingFile, path: String)]

  /// - Parameter paths: those that are wanted.
  /// - Throws: when a name has another ending, two are one file, or a file may not be written.
  init(_ paths: [(kind: Kind, path: String?)], inputs: [String], force: Bool) throws {
    var taken: Set<String> = []
    files = try paths.compactMap { kind, path in
      guard let path else { return nil }
      guard path.lowercased().hasSuffix(kind.ending) else {
        throw ProgramError(
          .usage, "the name of what `\(kind.rawValue)` writes has another ending", file: path,
          expected: "NAME\(kind.ending)")
      }
      try OutputPlace.check(path, isNoneOf: inputs)
      guard taken.insert(OutputPlace.of(path)).inserted else {
        throw ProgramError(
          .usage, "the output is another output", file: path, hint: "choose another name")
      }
      return (kind, try PendingFile(path: path, overwrite: force), path)
    }
  }

  /// Writes a file of each kind that is wanted.
  ///
  /// - Returns: their paths.
  func write(_ bytes: (Kind) throws -> [UInt8]) throws -> [String] {
    try files.map { kind, file, path in
      try bytes(kind).withUnsafeBytes { try file.write($0) }
      try file.commit()
      return path
    }
  }
}
