import Compute
import SMPLX
import TensorFiles

/// What a fit's file says of the camera.
struct FitFileCamera {
  private var rotation = RotationMatrix.identity
  private var translation = SIMD3<Double>.zero
  private var focalLength: [Float]?
  private var principalPoint: [Float]?
  private var imageSize: [Float]?

  init(path: String) throws {
    let layers = try Self.layers(path)
    /// The numbers under the first name that is there, in the innermost dictionary that has it.
    func numbers(_ names: [String], counts: Set<Int>) throws -> [Float]? {
      for arrays in layers {
        for name in names where arrays.holdsArray(name) {
          let values = try arrays.tensor(name).floats()
          guard counts.contains(values.count), values.allSatisfy(\.isFinite) else {
            throw ProgramError(
              .dataError, "the array has another size or is not finite", file: path, key: name,
              expected: counts.sorted().map(String.init).joined(separator: " or ") + " numbers",
              found: "\(values.count)")
          }
          return values
        }
      }
      return nil
    }
    if let m = try numbers(["camera_rotation"], counts: [9]) {
      func row(_ i: Int) -> SIMD3<Double> {
        SIMD3(Double(m[3 * i]), Double(m[3 * i + 1]), Double(m[3 * i + 2]))
      }
      // By way of a quaternion, which makes it orthonormal.
      rotation = RotationMatrix(UnitQuaternion(RotationMatrix(row(0), row(1), row(2))))
    }
    if let t = try numbers(["camera_translation"], counts: [3]) {
      translation = SIMD3(Double(t[0]), Double(t[1]), Double(t[2]))
    }
    focalLength = try numbers(["focal_length", "focal"], counts: [1, 2])
    principalPoint = try numbers(["camera_center", "princpt"], counts: [2])
    imageSize = try numbers(["image_size", "img_size"], counts: [2])
    if let f = focalLength, f.contains(where: { $0 <= 0 }) {
      throw ProgramError(
        .dataError, "the focal length is no length", file: path, key: "focal_length",
        expected: "pixels", found: "\(f[0])")
    }
  }

  /// The dictionaries of a file, the innermost first: results are wrapped now and then.
  private static func layers(_ path: String) throws -> [any NamedArrays] {
    guard try FileKind(path: path) == .pickle else { return [try NPZFile(path: path)] }
    var content = try Pickle.read(path: path)
    // Lists of one result.
    if let results = content.sequence, results.count == 1 { content = results[0] }
    var layers: [any NamedArrays] = []
    func add(_ value: PickleValue) {
      if let arrays = PickleArrays(value, file: path) { layers.insert(arrays, at: 0) }
    }
    add(content)
    for wrapper in ["result", "smplx", "smplx_param"] {
      guard let inner = content[wrapper] else { continue }
      content = inner
      add(inner)
    }
    return layers
  }

  /// Moves a pose from the file's axes to those of the camera.
  ///
  /// - Parameter pelvis: rest position of the joint about which the root turns.
  func place(_ pose: inout BodyPose, pelvis: SIMD3<Double>) {
    let root = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0]))
    if rotation != .identity { pose.rotations[0] = SIMD3<Float>((rotation * root).axisAngle) }
    let moved = rotation * (pelvis + SIMD3<Double>(pose.translation)) + translation - pelvis
    pose.translation = SIMD3<Float>(moved)
  }

  /// The camera for a picture of some size.
  func pinhole(width: Int, height: Int, focalLength usual: Float?) throws -> PinholeCamera {
    var scale: Float = 1
    if let size = imageSize {
      let (x, y) = (Float(width) / size[0], Float(height) / size[1])
      guard size[0] > 0, size[1] > 0, abs(x / y - 1) < 0.01 else {
        throw ProgramError(
          .dataError, "the fit is of a picture of other proportions", key: "image_size",
          expected: "\(width) x \(height)", found: "\(size[0]) x \(size[1])",
          hint: "give the photo that the fit was made from")
      }
      scale = x
    }
    let lengths =
      focalLength.map { $0.map { $0 * scale } } ?? [usual ?? FitFile.usualFocalLength]
    let centre =
      principalPoint.map { $0.map { $0 * scale } } ?? [Float(width) / 2, Float(height) / 2]
    return .aligned(
      focalLength: SIMD2(lengths[0], lengths[lengths.count - 1]),
      principalPoint: SIMD2(centre[0], centre[1]))
  }
}
