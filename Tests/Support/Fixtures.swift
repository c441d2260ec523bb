import Compute
import Foundation

/// Where the golden data is: `AVATAR_FIXTURES`, or `../shared/fixtures` beside the checkout.
///
/// A missing file is an error of the test that asks for it, never a skipped test.
public enum Fixtures {
  /// The root of the checkout, found from this file.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  public static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["AVATAR_FIXTURES"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return packageRoot.deletingLastPathComponent().appendingPathComponent("shared/fixtures")
  }()

  /// Path of a golden file, for example `path("lbs/model.npz")`.
  public static func path(_ name: String) throws -> String {
    let url = root.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ProgramError(
        .noInput, "golden data is missing", file: url.path,
        hint: "set AVATAR_FIXTURES to the folder that holds lbs/, motion/, dinar/ ...")
    }
    return url.path
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
}
