/// Opening motion files and folders: the first of `MotionFormats` that recognises the content reads it.
import Compute
import TensorFiles

public enum MotionFile {
  /// Reads the motion in `path`, a file or a folder of one file a frame.
  ///
  ///     let motion = try MotionFile.load(path: "walk.npz", body: model)
  ///     print(motion.summary.description)
  ///     // AMASS SMPL-H, 601 frames at 120 fps (5.01 s), full hands, male betas ignored
  ///
  /// - Parameters:
  ///   - body: gives hand components and the mean hand their meaning; nil (to look at a file)
  ///     leaves hands given in components flat.
  /// - Throws: `ProgramError` naming the file, the key, what was expected and found.
  public static func load(
    path: String, body: BodyModel? = nil, options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try ProgramError.locating(file: path) {
      try read(MotionInput(path: path), MotionContext(options: options, body: body))
    }
  }

  /// Reads the motion in an archive that is open already; as `load(path:body:options:)`.
  public static func load(
    _ archive: NPZFile, body: BodyModel? = nil, options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try read(
      MotionInput(.arrays(archive), path: archive.path, kind: .zip),
      MotionContext(options: options, body: body))
  }

  /// Reads the motion in a pickle that has been read already; `path` is the file for errors.
  public static func load(
    _ pickle: PickleValue, path: String, body: BodyModel? = nil,
    options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try read(
      MotionInput(.value(pickle), path: path, kind: .pickle),
      MotionContext(options: options, body: body))
  }

  /// Whether a file or folder holds a motion, as far as it can be read: nothing is thrown for one that does
  /// not.
  public static func recognises(path: String) -> Bool {
    guard let input = try? MotionInput(path: path) else { return false }
    return ((try? MotionFormats.recognising(input)) ?? nil) != nil
  }

  /// Reads an input by the first format that recognises it.
  static func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    try ProgramError.locating(file: input.path) {
      guard let format = try MotionFormats.recognising(input) else { throw unknown(input) }
      return try format.read(input, context)
    }
  }

  /// What an input is that no format recognises.
  static func unknown(_ input: MotionInput) -> ProgramError {
    let expected = "a motion: parameters of SMPL, SMPL-H or SMPL-X, or a BVH file"
    if let entry = input.found?.entries.first { return unknown(entry, input.path) }
    if input.isFolder {
      return ProgramError(
        .noInput, "the folder holds no motion", file: input.path,
        expected: "files of one frame each, or motions (.npz, .pkl, .json, .npy, .pt)")
    }
    guard let contents = try? input.opened() else {
      return ProgramError.otherKind(
        "the file is no motion that can be read", path: input.path, expected: expected)
    }
    switch contents {
    case .arrays(let arrays): return unknown(arrays, input.path)
    case .value(let value):
      if case .tensor(let tensor) = value { return unknown(tensor, input.path) }
      if let arrays = PickleArrays(value.sequence?.first ?? value, file: input.path) {
        return unknown(arrays, input.path)
      }
      return ProgramError(
        .dataError, "the file is no motion", file: input.path,
        expected: "groups of named arrays, or a list of them", found: "something else")
    }
  }

  /// Says what there is and what there should be.
  private static func unknown(_ arrays: any NamedArrays, _ path: String) -> ProgramError {
    let keys = arrays.names.sorted()
    let shown = keys.prefix(12).map { key in
      let name = key.shortened(to: 60)
      guard arrays.holdsArray(key), let shape = try? arrays.header(key).shape, !shape.isEmpty else {
        return name
      }
      return "\(name) (\(shape.map(String.init).joined(separator: " x ")))"
    }
    let more = keys.count > shown.count ? " and \(keys.count - shown.count) more" : ""
    let isBody = ["v_template", "weights"].allSatisfy(keys.contains)
    return ProgramError(
      .dataError, isBody ? "this is a body model, not a motion" : "no known motion layout",
      file: path,
      expected: "poses (frames x 156, 165, 72 or 66) and trans; root_orient and pose_body; "
        + "global_orient and body_pose; or what docs/MOTIONS.md lists",
      found: shown.isEmpty ? "no keys" : "the keys " + shown.joined(separator: ", ") + more,
      hint: "a body model or an avatar is not a motion")
  }

  private static func unknown(_ tensor: TensorData, _ path: String) -> ProgramError {
    let shape = tensor.shape.map(String.init).joined(separator: " x ")
    let isText = tensor.shape.last == 263 || tensor.shape.suffix(2) == [22, 3]
    return ProgramError(
      .dataError,
      isText
        ? "these are HumanML3D's features or positions of joints, which do not say how bones turn"
        : "a single array that is not a motion", file: path,
      expected: "frames x 66, 72, 156, 165 or 322 numbers", found: shape,
      hint: isText ? "fit a body to them first, as `joints2smpl` does" : nil)
  }
}
