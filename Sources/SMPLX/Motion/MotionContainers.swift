/// Opening motion files, which are told apart by their first bytes: `.npz` archives and pickles.
import Compute
import TensorFiles

extension MotionFile {
  /// Reads the motion in `path`.
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
    try read(MotionInput(path: path), MotionContext(options: options, body: body))
  }

  /// Reads the motion in an input by the first format that recognises it.
  static func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    do {
      guard let format = try MotionFormats.recognising(input) else {
        throw ProgramError.otherKind(
          "the file is no motion that can be read", path: input.path, expected: "a motion")
      }
      return try format.read(input, context)
    } catch let error as ProgramError {
      throw error.inFile(input.path)
    }
  }

  /// Reads the motion in an archive that is open already; as `load(path:body:options:)`.
  public static func load(
    _ archive: NPZFile, body: BodyModel? = nil, options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try read(
      MotionInput(MotionArrays(archive), kind: .zip), MotionContext(options: options, body: body))
  }

  /// Reads the motion in a pickle that has been read already; `path` is the file for errors.
  public static func load(
    _ pickle: PickleValue, path: String, body: BodyModel? = nil,
    options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try ProgramError.locating(file: path) {
      try read(
        MotionInput(MotionArrays(pickle, file: path), kind: .pickle),
        MotionContext(options: options, body: body))
    }
  }

  /// Opens `path` as whatever container it is.
  static func open(path: String) throws -> MotionArrays {
    let expected = "a motion: an AMASS archive (.npz), or a pickle of smplx parameters or of DINAR"
    switch try FileKind(path: path) {
    case .zip:
      do {
        return try MotionArrays(NPZFile(path: path))
      } catch let error as ProgramError where error.what == NPZFile.holdsNoArrays {
        throw ProgramError.otherKind("the file is no motion", path: path, expected: expected)
      }
    case .pickle: return try MotionArrays(Pickle.read(path: path), file: path)
    case .npy:
      throw ProgramError(
        .dataError, "a single array is not a motion", file: path,
        expected: "an .npz archive with poses and trans, or a pickle",
        found: FileKind.npy.words, hint: "save the arrays together with numpy.savez")
    default:
      throw ProgramError.otherKind(
        "the file is no motion that can be read", path: path, expected: expected)
    }
  }
}
