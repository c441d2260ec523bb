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

  /// How a file or folder that holds a motion is read, what was opened to tell that being kept; nil for one
  /// that does not, as `recognises` says.
  public static func loader(path: String) -> (() throws -> any Motion)? {
    guard let input = try? MotionInput(path: path),
      ((try? MotionFormats.recognising(input)) ?? nil) != nil
    else { return nil }
    return { try read(input, MotionContext()) }
  }

  /// Reads an input by the first format that recognises it.
  static func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    try ProgramError.locating(file: input.path) {
      guard let format = try MotionFormats.recognising(input) else { throw unknown(input) }
      if let map = context.options.jointMap, input.kind != .bvh {
        throw ProgramError(
          .usage, "only BVH files have joints to map; these are SMPL's already", file: input.path,
          key: "map", expected: "no `map`", found: map.path)
      }
      return try format.read(input, context)
    }
  }
}
