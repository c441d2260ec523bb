import Compute

/// What a file is, looked into as far as a message needs: `FileKind` knows containers, this knows what
/// they hold.
///
/// Used where a file is not what was asked for, so that the message can say what it is instead.
public enum FileContents {
  /// "an SMPL-X body", "a motion (AMASS or smplx parameters)", "a PNG picture", ... Never throws: what
  /// cannot be read is said.
  ///
  /// - Parameter readsPickles: a pickle has to be read whole to be told from another.
  public static func words(path: String, readsPickles: Bool = true) -> String {
    do {
      let kind = try FileKind(path: path)
      switch kind {
      case .zip: return archive(path) ?? "a damaged zip archive"
      case .safetensors: return tensors(path)
      case .pickle where readsPickles: return pickle(path) ?? kind.words
      default: return kind.words
      }
    } catch let error as ProgramError {
      return error.found ?? error.what
    } catch { return FileKind.unknown.words }
  }

  /// What a body model that can be rendered is called.
  public static let body = "an SMPL-X body"

  private static func archive(_ path: String) -> String? {
    guard let archive = try? ZipArchive(path: path) else { return nil }
    if TorchArchive.isTorch(archive) { return FileKind.torchStream.words }
    guard let arrays = try? NPZFile(archive) else { return "a zip archive without NumPy arrays" }
    let joints = (try? arrays.header("weights").shape)?.last
    return description(of: Set(arrays.names), joints: joints)
      ?? "a NumPy archive of \(counted(arrays.names.count, "array"))"
  }

  private static func tensors(_ path: String) -> String {
    guard let file = try? SafetensorsFile(path: path) else { return "a damaged safetensors file" }
    let count = counted(file.names.count, "tensor")
    return file.metadata["avatar"] == nil
      ? "a safetensors file with \(count) but no avatar description" : "an avatar"
  }

  private static func pickle(_ path: String) -> String? {
    guard let keys = try? Pickle.topLevelKeys(path: path) else { return nil }
    if keys.contains("ntexture") { return "a person of DINAR (a Python pickle)" }
    return description(of: Set(keys), joints: nil).map { "\($0) (a Python pickle)" }
      ?? "a Python pickle"
  }

  /// By the names of arrays; joints: columns of the skinning weights.
  private static func description(of names: Set<String>, joints: Int?) -> String? {
    if names.isSuperset(of: ["v_template", "weights"]) {
      if let joints, joints != 55 { return "a body of \(joints) joints" }
      return names.contains("hands_componentsl") || joints == 55
        ? body : "a body model"
    }
    let poses: Set<String> = ["poses", "pose", "fullpose", "full_pose", "root_orient", "pose_body"]
    if !names.isDisjoint(with: poses) { return "a motion" }
    let parameters: Set<String> = ["body_params_list", "global_orient", "body_pose"]
    return names.isDisjoint(with: parameters) ? nil : "a motion"
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}

extension ProgramError {
  /// The error of a reader that was given another kind of file; `found` says which.
  ///
  /// - Parameters:
  ///   - what: "this is not an avatar".
  ///   - expected: what the reader takes.
  public static func otherKind(
    _ what: String, path: String, expected: String, hint: String? = nil
  ) -> ProgramError {
    let found = FileContents.words(path: path)
    return ProgramError(
      .dataError, found == FileKind.empty.words ? "the file is empty" : what, file: path,
      expected: expected, found: found == FileKind.empty.words ? nil : found, hint: hint)
  }
}
