import Compute
import Foundation
import SMPLX
import TensorFiles

/// A person as DINAR keeps it: the dictionary pickle of its image logger or of its fine-tuning.
///
/// Matches: the entries `ntexture`, `verts`, `calibration_matrix`, `smplx_param`, `fake_rgb` and
/// `person_id` of DINAR's `data_dict` files.
public struct DinarPerson: Sendable {
  public let path: String
  /// Without the iteration that fine-tuning puts before it.
  public let name: String
  /// (C, H, W).
  public let texture: TensorData
  /// "neutral", "male" or "female".
  public let gender: String
  /// (rows, 3): homogeneous pixel coordinates of the fit, to tell whether a body is the right one; empty
  /// if the file lacks them.
  let vertices: [Float]
  /// 3 x 3.
  let camera: [[Float]]
  let pictureSize: (width: Int, height: Int)
  let scale: Float
  /// `smplx_param` and what stands around it.
  private let content: PickleValue

  /// Reads and checks one person.
  public init(path: String) throws {
    guard try FileKind(path: path) == .pickle else {
      throw ProgramError.otherKind(
        "this is no person of DINAR", path: path, expected: "a person of DINAR (a Python pickle)",
        hint: "DINAR writes persons to textures/data_dict/NAME.pkl")
    }
    let content = try Pickle.read(path: path)
    guard FileContents(content).meaning == .dinarPerson else {
      throw ProgramError.otherKind(
        "this is no person of DINAR", path: path,
        expected: "a dictionary with ntexture and smplx_param",
        hint: "DINAR writes persons to textures/data_dict/NAME.pkl")
    }
    try self.init(content, path: path)
  }

  /// Pixels of the largest picture that is rendered.
  private static let largestSide = 16384

  /// Checks a person that has been read already; `path` is the file for errors.
  public init(_ content: PickleValue, path: String) throws {
    self.path = path
    self.content = content
    func fail(_ what: String, _ key: String, expected: String, found: String) -> ProgramError {
      ProgramError(.dataError, what, file: path, key: key, expected: expected, found: found)
    }
    func array(_ key: String, _ expected: String, _ fits: ([Int]) -> Bool) throws -> TensorData {
      guard let value = try content[key]?.tensor() else {
        throw ProgramError(
          .dataError, "this is no person of DINAR", file: path, key: key,
          expected: "an array \(expected)",
          found: content.keys.isEmpty ? "no dictionary" : content.keys.listed(),
          hint: "DINAR writes persons to textures/data_dict/NAME.pkl")
      }
      // Batches of one person.
      let shape = value.shape.first == 1 ? Array(value.shape.dropFirst()) : value.shape
      guard fits(shape), value.scalarType.isReal else {
        throw fail(
          "the array has another shape", key, expected: expected,
          found: "\(value.shape) \(value.scalarType)")
      }
      return TensorData(shape: shape, floats: try value.floats())
    }
    texture = try array("ntexture", "(1, C, H, W)") { $0.count == 3 && $0.allSatisfy { $0 > 0 } }
    guard try texture.floats().allSatisfy(\.isFinite) else {
      throw fail(
        "the texture holds a number that is not finite", "ntexture", expected: "finite numbers",
        found: "nan or infinity")
    }
    let matrix = try array("calibration_matrix", "(1, 3, 3)") { $0 == [3, 3] }.floats()
    camera = (0..<3).map { Array(matrix[3 * $0..<3 * $0 + 3]) }
    guard matrix.allSatisfy(\.isFinite), camera[0][0] > 0, camera[1][1] > 0,
      camera[0][1] == 0, camera[1][0] == 0, camera[2] == [0, 0, 1]
    else {
      throw fail(
        "the camera is no pinhole camera", "calibration_matrix",
        expected: "[[fx, 0, cx], [0, fy, cy], [0, 0, 1]]", found: "\(matrix)")
    }
    vertices =
      content["verts"] == nil
      ? [] : try array("verts", "(1, rows, 3)") { $0.count == 2 && $0[1] == 3 }.floats()
    let picture = try content["fake_rgb"]?.tensor() ?? content["fake_segm"]?.tensor()
    // A picture without pixels may claim any size.
    guard let shape = picture?.shape, shape.count >= 2, picture?.count ?? 0 > 0 else {
      throw fail(
        "the size of the picture is not told", "fake_rgb", expected: "(1, 3, H, W)",
        found: picture.map { "\($0.shape)" } ?? "nothing")
    }
    pictureSize = (shape[shape.count - 1], shape[shape.count - 2])
    // What avatars may say of their photo.
    guard max(pictureSize.width, pictureSize.height) <= Self.largestSide else {
      throw fail(
        "the picture is too large", "fake_rgb",
        expected: "at most \(Self.largestSide) pixels a side", found: "\(shape)")
    }
    let parameters = content["smplx_param"]
    guard let parameters, !parameters.keys.isEmpty else {
      throw fail(
        "the person has no pose", "smplx_param", expected: "SMPL-X parameters",
        found: "nothing")
    }
    gender = parameters["gender"]?.string?.lowercased() ?? "neutral"
    guard AvatarDescription.genders.contains(gender) else {
      throw fail(
        "the person's gender is not known", "smplx_param.gender",
        expected: AvatarDescription.genders.listed(), found: gender.shortened(to: 40))
    }
    scale = Float(parameters["body_scale"]?.number ?? 1)
    guard scale.isFinite, scale > 0 else {
      throw fail(
        "the body's scale is no size", "smplx_param.body_scale", expected: "a positive number",
        found: "\(scale)")
    }
    let written =
      content["person_id"]?.sequence?.first?.string ?? content["person_id"]?.string
      ?? URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    name = Self.withoutIteration(written.shortened())
  }

  /// A person that was made here.
  ///
  /// - Parameters:
  ///   - path: the fit's file, for errors.
  ///   - texture: (C, H, W).
  ///   - vertices: (rows, 3) homogeneous pixel coordinates.
  ///   - calibration: 3 x 3, row by row.
  ///   - parameters: `smplx_param`, as DINAR keeps it.
  package init(
    name: String, path: String, texture: TensorData, vertices: [Float], calibration: [Float],
    pictureSize: (width: Int, height: Int), parameters: PickleValue
  ) throws {
    precondition(calibration.count == 9)
    self.name = name
    self.path = path
    self.texture = texture
    self.vertices = vertices
    self.pictureSize = pictureSize
    camera = (0..<3).map { Array(calibration[3 * $0..<3 * $0 + 3]) }
    gender = parameters["gender"]?.string ?? "neutral"
    scale = Float(parameters["body_scale"]?.number ?? 1)
    content = .dict([(.string("smplx_param"), parameters)])
  }

  /// The name of the person's avatar file, without a folder and an ending.
  public var fileStem: String { FileName.stem(name, fallback: "person") }

  /// "s0000063_person01" is person01 after 63 iterations of fine-tuning.
  static func withoutIteration(_ name: String) -> String {
    guard name.first == "s", let line = name.firstIndex(of: "_") else { return name }
    let digits = name[name.index(after: name.startIndex)..<line]
    guard digits.count >= 7, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return name }
    return String(name[name.index(after: line)...])
  }

  /// The persons of files and folders. In a folder that fine-tuning wrote, the last iteration of
  /// each person counts, as in DINAR.
  public static func files(_ paths: [String]) throws -> [String] {
    var result: [String] = []
    for path in paths {
      guard Assets.isDirectory(path) else {
        result.append(path)
        continue
      }
      guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        throw ProgramError(
          .noInput, "the folder cannot be read", file: path, hint: "check its permissions")
      }
      let names = found.filter { $0.hasSuffix(".pkl") }.sorted()
      guard !names.isEmpty else {
        throw ProgramError(
          .noInput, "the folder holds no person", file: path, expected: "NAME.pkl",
          hint: "DINAR writes persons to textures/data_dict and, fine-tuned, to finetuned")
      }
      // Sorted by iteration: a later one replaces an earlier one.
      var last: [String: String] = [:]
      for name in names { last[withoutIteration(String(name.dropLast(4)))] = name }
      result += last.values.sorted().map { "\(path)/\($0)" }
    }
    return result
  }

  /// The pose of the fit in the camera's axes, on a body that hands have a meaning for.
  func fit(on body: BodyModel) throws -> (pose: BodyPose, betas: [Float], expression: [Float]) {
    var options = MotionOptions()
    options.takesExpression = true
    let motion = try MotionFile.load(content, path: path, body: body, options: options)
    guard motion.frameCount == 1 else {
      throw ProgramError(
        .dataError, "a person has one pose", file: path, key: "smplx_param",
        found: "\(motion.frameCount)")
    }
    var pose = try motion.pose(frame: 0)
    // A body s times as large at t is seen as the body itself at t / s.
    pose.translation /= scale
    return (pose, motion.summary.betas ?? [], pose.expression ?? [])
  }
}
