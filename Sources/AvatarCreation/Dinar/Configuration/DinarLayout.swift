import Compute

/// Where the original's files lie that are not in the data folder: beside it, as in its repository, where the
/// configuration has them, or where the program runs.
public struct DinarLayout {
  /// Folder of SMPL-X bodies.
  public let bodies: String?
  /// Folder of uv tables and masks.
  public let tables: String?

  /// - Parameter paths: files and folders beside which to look.
  public init(beside paths: [String], configuration: DinarConfiguration) {
    let folders = paths.map { PathParts($0.trimmingSlashes).folder } + [""]
    func find(_ names: [String?]) -> String? {
      let names = names.compactMap { $0 }
      return folders.lazy.flatMap { folder in
        names.map { $0.hasPrefix("/") ? $0 : folder + $0 }
      }.first(where: InputFile.isFolder)
    }
    bodies = find([configuration.bodyFolder, "smplx_models"])
    tables = find([configuration.tableFolder, "smplx_data"])
  }
}

extension String {
  /// Without slashes at the end.
  fileprivate var trimmingSlashes: String {
    var text = self
    while text.utf8.count > 1, text.hasSuffix("/") { text.removeLast() }
    return text
  }
}
