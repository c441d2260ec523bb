import Compute
import Foundation

/// Where the data of tests is that is not part of the repository: golden data, hostile inputs, public
/// recordings.
///
/// Looked for, in this order: `AVATAR_FIXTURES` (the folder of the golden data; the others lie beside
/// it), `shared` beside the checkout, `shared` in the checkout. A suite that needs it is enabled by
/// `goldenDataIsExpected` (or its sisters), so that a clone without it runs the rest and says what was
/// left out. Where the data is, or `AVATAR_REQUIRE_FIXTURES` is set, as in our own CI, a missing file
/// is an error of the test that asks for it.
public enum Fixtures {
  /// The root of the checkout, found from this file.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of the golden data; where it would be beside the checkout if there is none.
  public static let root: URL = folder("fixtures")

  /// Whether suites that need golden data are to run.
  public static let goldenDataIsExpected = isExpected("fixtures")
  /// Whether suites that need inputs of `cases` are to run.
  public static let casesAreExpected = isExpected("cases")
  /// Whether suites that need recordings of `data` are to run.
  public static let recordingsAreExpected = isExpected("data")

  /// Path of a golden file, for example `path("lbs/model.npz")`.
  public static func path(_ name: String) throws -> String { try file(name, in: root) }

  /// Path of an input that broke the program or is laid out unusually, for example
  /// `cases("hostile/15_gender_bomb.npz")`.
  public static func cases(_ name: String) throws -> String {
    try file(name, in: folder("cases"))
  }

  /// Path of a public recording, for example `data("amass_sample.npz")`.
  public static func data(_ name: String) throws -> String { try file(name, in: folder("data")) }

  /// Path of a file in any other folder of the data, for example
  /// `shared("body/SMPLX_NEUTRAL.npz")`.
  public static func shared(_ name: String) throws -> String {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    return try file(parts.count > 1 ? parts[1] : "", in: folder(parts[0]))
  }

  /// Files of a fixture folder whose names match, sorted: case counts come from the folder.
  public static func files(in folder: String, prefix: String, suffix: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path(folder))
    let found = names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.sorted()
    guard !found.isEmpty else {
      throw ProgramError(
        .noInput, "no golden file \(prefix)*\(suffix)", file: try path(folder))
    }
    return try found.map { try path("\(folder)/\($0)") }
  }

  /// A shipped asset, for example `asset("body/SMPLX_NEUTRAL.npz")`.
  public static func asset(_ name: String) -> String {
    packageRoot.appendingPathComponent("assets/\(name)").path
  }

  private static func folder(_ name: String) -> URL {
    var places: [URL] = []
    if let path = variable("AVATAR_FIXTURES") {
      let given = URL(fileURLWithPath: path, isDirectory: true)
      // What was named is used, there or not: nothing else may be tested in its place.
      if name == "fixtures" { return given }
      places.append(given.standardizedFileURL.deletingLastPathComponent())
    }
    let beside = packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
    places += [beside, packageRoot.appendingPathComponent("shared")]
    let found = places.map { $0.appendingPathComponent(name) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    return found ?? beside.appendingPathComponent(name)
  }

  private static func isExpected(_ name: String) -> Bool {
    variable("AVATAR_FIXTURES") != nil || variable("AVATAR_REQUIRE_FIXTURES") != nil
      || FileManager.default.fileExists(atPath: folder(name).path)
  }

  private static func file(_ name: String, in folder: URL) throws -> String {
    let url = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ProgramError(
        .noInput, "test data is missing", file: url.path,
        hint: "set AVATAR_FIXTURES to the folder that holds lbs/, motion/, dinar/ ...; cases/ and "
          + "data/ lie beside it")
    }
    return url.path
  }

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
