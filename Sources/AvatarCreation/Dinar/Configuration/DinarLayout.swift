import Compute

/// Where the original's files lie that are not in the data folder: beside it, as in its repository, or
/// where the configuration has them.
public struct DinarLayout {
  /// Folder of SMPL-X bodies.
  public let bodies: String?
  /// Folder of uv tables and masks.
  public let tables: String?

  /// - Parameter data: the data folder; nil knows no place.
  public init(beside data: String?, configuration: DinarConfiguration) {
    guard let data else {
      (bodies, tables) = (nil, nil)
      return
    }
    let folder = "\(data)/.."
    func find(_ names: [String?]) -> String? {
      names.compactMap { $0 }.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        .first(where: InputFile.isFolder)
    }
    bodies = find([configuration.bodyFolder, "smplx_models"])
    tables = find([configuration.tableFolder, "smplx_data"])
  }
}
