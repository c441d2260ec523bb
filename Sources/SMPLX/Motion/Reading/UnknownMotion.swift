import Compute
import TensorFiles

/// What is said of an input that no format recognises: what it is, if that can be told, and what should be
/// there.
extension MotionFile {
  static func unknown(_ input: MotionInput) -> ProgramError {
    if let entry = input.found?.entries.first { return unknown(entry, input.path) }
    if input.isFolder {
      return ProgramError(
        .noInput, "the folder holds no motion", file: input.path,
        expected: "files of one frame each, or motions (.npz, .pkl, .json, .npy, .pt)")
    }
    guard let contents = try? input.opened() else {
      return ProgramError.otherKind(
        "the file is no motion that can be read", path: input.path,
        expected: "a motion: parameters of SMPL, SMPL-H or SMPL-X, or a BVH file")
    }
    switch contents {
    case .arrays(let arrays): return unknown(arrays, input.path)
    case .value(let value): return unknown(value, input.path)
    }
  }

  private static func unknown(_ value: PickleValue, _ path: String) -> ProgramError {
    if case .tensor(let tensor) = value, !value.isText { return unknown(tensor, path) }
    if let arrays = PickleArrays(value.sequence?.first ?? value, file: path), !arrays.names.isEmpty
    {
      return unknown(arrays, path)
    }
    if let numbered = PositionLayouts.find(in: value) { return numbered.refusal(path) }
    return ProgramError(
      .dataError, "the file is no motion", file: path,
      expected: "groups of named arrays, or a list of them", found: words(value))
  }

  /// What a value is that is no group.
  private static func words(_ value: PickleValue) -> String {
    func items(_ count: Int, _ what: String) -> String {
      "a list of \(count) \(what)\(count == 1 ? "" : "s")"
    }
    switch value {
    case .none: return "nothing (None)"
    case .dict(let entries):
      return entries.isEmpty ? "an empty dictionary" : "groups of other things"
    case .list(let list), .tuple(let list), .set(let list):
      if list.isEmpty { return "an empty list" }
      if list.allSatisfy(\.isText) { return items(list.count, "text") }
      if list.allSatisfy({ $0.number != nil }) { return items(list.count, "number") }
      if list.allSatisfy({ if case .opaque = $0 { true } else { false } }) {
        return items(list.count, "Python object")
      }
      if list.allSatisfy({ $0.sequence != nil || (try? $0.tensor()) != nil }) {
        return items(list.count, "list") + " of unequal lengths"
      }
      return items(list.count, "value") + " of several kinds"
    case .opaque(let name): return "an object of \(name.shortened(to: 60))"
    default: return value.isText ? "a text" : "a single number"
    }
  }

  /// Says what there is and what there should be.
  private static func unknown(_ arrays: any NamedArrays, _ path: String) -> ProgramError {
    let keys = arrays.names.sorted()
    if let error = strange(arrays, path) { return error }
    let shown = keys.prefix(12).map { key in
      let name = key.shortened(to: 60)
      guard arrays.holdsArray(key), let shape = try? arrays.header(key).shape, !shape.isEmpty else {
        return name
      }
      return "\(name) (\(shape.map(String.init).joined(separator: " x ")))"
    }
    let more = keys.count > shown.count ? " and \(keys.count - shown.count) more" : ""
    let isBody = ["v_template", "weights"].allSatisfy(keys.contains)
    if !isBody, let positions = PositionLayouts.find(in: arrays) { return positions.refusal(path) }
    return ProgramError(
      .dataError, isBody ? "this is a body model, not a motion" : "no known motion layout",
      file: path,
      expected: "poses (frames x 156, 165, 72 or 66) and trans; root_orient and pose_body; "
        + "global_orient and body_pose; or what docs/MOTIONS.md lists",
      found: shown.isEmpty ? "no keys" : "the keys " + shown.joined(separator: ", ") + more,
      hint: "a body model or an avatar is not a motion")
  }

  /// Poses under their names that are no numbers, or lists of which nothing says what they are of.
  private static func strange(_ arrays: any NamedArrays, _ path: String) -> ProgramError? {
    let keys = ParameterKeys()
    for key in keys.joined + keys.body + keys.root where arrays.contains(key) {
      if arrays.holdsArray(key), let header = try? arrays.header(key), !header.scalarType.isReal {
        return ProgramError(
          .dataError, "the pose does not hold real numbers", file: path, key: key,
          expected: "rotations as real numbers",
          found: header.scalarType.isText ? "texts" : "complex numbers")
      }
      let value = arrays.value(key)
      if let list = PersonArrays.list(key, in: arrays) {
        return ProgramError(
          .dataError, "the pose is a list of arrays that do not fit together", file: path, key: key,
          expected: "an array a person or a take, or rows of one width",
          found: "\(list.count) arrays of unequal shapes")
      }
      if let value, value.isText || value.sequence?.allSatisfy(\.isText) ?? false {
        return ProgramError(
          .dataError, "the pose does not hold real numbers", file: path, key: key,
          expected: "rotations as real numbers", found: value.isText ? "a text" : "texts")
      }
    }
    return nil
  }

  private static func unknown(_ tensor: TensorData, _ path: String) -> ProgramError {
    if let positions = PositionLayouts("", tensor) { return positions.refusal(path) }
    let shape = tensor.shape.map(String.init).joined(separator: " x ")
    return ProgramError(
      .dataError,
      tensor.scalarType.isReal
        ? "a single array that is not a motion" : "an array that does not hold real numbers",
      file: path, expected: "frames x 66, 72, 156, 165 or 322 numbers",
      found: tensor.scalarType.isReal ? shape : "\(shape) complex numbers")
  }
}
