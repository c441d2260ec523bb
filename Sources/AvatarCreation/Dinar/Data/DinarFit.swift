import Avatar
import Compute
import SMPLX
import TensorFiles

/// A fit as DINAR's dataset takes it: SMPL-X parameters in the camera's axes (x right, y down, z forward).
///
/// Matches: DINAR's `FromFolder`: what it unwraps, renames, drops and overwrites.
/// Differs: arrays that are missing are zero; an unknown entry that is no array is left out instead of
/// ending the run.
public struct DinarFit: Sendable {
  /// Coefficients of shape and expression that DINAR's bodies have, and components of each hand.
  public static let shapeCount = 10
  public static let expressionCount = 10
  public static let handComponentCount = 6
  static let columns = BodyModel.ColumnLimits(betas: shapeCount, expression: expressionCount)

  public let path: String
  /// "neutral", "male" or "female".
  public let gender: String
  /// What DINAR writes as `smplx_param`, without the gender: arrays in their own shapes and types, in the
  /// file's order.
  public let arrays: [(key: String, value: TensorData)]
  /// Where `gender` stands among `arrays`.
  let genderPosition: Int
  /// The part of the picture that the fit is for: left, top, right, bottom; nil for all of it.
  let crop: CropBox?
  let betas: [Float]
  let expression: [Float]
  /// Rotations of `global_orient`, the body's 21 joints and the jaw.
  private let orientation: [Float]
  private let body: [Float]
  private let jaw: [Float]
  /// The first components.
  private let leftHand: [Float]
  private let rightHand: [Float]
  let translation: SIMD3<Float>
  /// The camera that the fit is for; nil for DINAR's.
  let camera: DinarCamera?
  /// Whether it is one of the original's, whose quirks are kept.
  var isOriginal: Bool { camera == nil }
  /// What the posed body is multiplied by before it is moved.
  let scale: Float

  /// Reads and checks a fit.
  ///
  /// - Throws: `noInput`, `dataError` for a file that is no fit, with the key, what was expected and found.
  public init(path: String) throws {
    guard try FileKind(path: path) == .pickle else {
      throw ProgramError.otherKind(
        "this is no fit", path: path, expected: "a fit of SMPLify-X (a Python pickle)",
        hint: "DINAR reads smplx/NAME.pkl")
    }
    try self.init(Pickle.read(path: path), path: path)
  }

  /// Checks a fit that has been read already; `path` is the file for errors.
  public init(_ content: PickleValue, path: String) throws {
    try self.init(DinarFitEntries(content, path: path), path: path)
  }

  /// - Parameter camera: of the picture that the fit is for; nil for DINAR's.
  init(_ entries: DinarFitEntries, path: String, camera: DinarCamera? = nil) throws {
    self.path = path
    self.camera = camera
    gender = entries.gender
    arrays = entries.arrays
    genderPosition = entries.genderPosition
    crop = try entries.crop()
    betas = try entries.floats("betas", count: Self.shapeCount)
    expression = try entries.floats("expression", count: Self.expressionCount)
    orientation = try entries.floats("global_orient", count: 3)
    body = try entries.floats("body_pose", count: 63)
    jaw = try entries.floats("jaw_pose", count: 3)
    leftHand = try entries.hand("left_hand_pose")
    rightHand = try entries.hand("right_hand_pose")
    let place = try entries.floats("transl", count: 3)
    guard entries.contains("transl") else {
      throw ProgramError(
        .dataError, "the fit does not say where the person stands", file: path,
        key: "camera_translation", expected: "3 numbers, metres",
        found: entries.keys.listed())
    }
    translation = SIMD3(place[0], place[1], place[2])
    scale = try entries.contains("body_scale") ? entries.floats("body_scale", count: 1)[0] : 1
    guard scale > 0 else {
      throw ProgramError(
        .dataError, "the body's scale is no size", file: path, key: "body_scale",
        expected: "a positive number", found: "\(scale)")
    }
  }

  /// The pose, at the origin, on a body that gives hands their meaning.
  func pose(on body: BodyModel) throws -> BodyPose {
    let hands = try HandPCA(model: body, componentCount: Self.handComponentCount)
    func joints(_ numbers: [Float]) -> [SIMD3<Float>] {
      stride(from: 0, to: numbers.count, by: 3).map {
        SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
      }
    }
    return BodyPose(
      rotations: joints(orientation) + joints(self.body) + joints(jaw)
        + [Gaze.dinar.leftEye, Gaze.dinar.rightEye]
        + (try hands.left(leftHand)) + (try hands.right(rightHand)))
  }
}
