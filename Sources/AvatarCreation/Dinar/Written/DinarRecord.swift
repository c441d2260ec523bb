import Compute
import TensorFiles

/// A person as DINAR's test run keeps it: what its fine-tuning and its videos begin with.
///
/// Matches: the `data_dict` of DINAR's image logger: keys, shapes and types.
/// Differs: `ltrb` of a fit stays the four numbers it is.
public struct DinarRecord: Sendable {
  public let sample: DinarSample
  /// (1, C, size, size), merged and as it was decoded.
  public let texture: Tensor
  public let inpainted: Tensor
  /// (1, 1, size, size)
  public let mask: Tensor
  public let normalAngles: Tensor
  /// (1, 3, side, side) in [-1, 1], rendered on white.
  public let picture: Tensor
  /// (1, 1, side, side)
  public let segmentation: Tensor

  public init(
    sample: DinarSample, texture: Tensor, inpainted: Tensor, mask: Tensor, normalAngles: Tensor,
    picture: Tensor, segmentation: Tensor
  ) {
    self.sample = sample
    (self.texture, self.inpainted) = (texture, inpainted)
    (self.mask, self.normalAngles) = (mask, normalAngles)
    (self.picture, self.segmentation) = (picture, segmentation)
  }

  /// The dictionary.
  public var pickle: PickleValue {
    let rows = sample.vertices.count / 3
    var entries: [(String, PickleValue)] = [
      ("person_id", .list([.string(sample.name)])),
      ("verts", .tensor(TensorData(shape: [1, rows, 3], floats: sample.vertices))),
      ("calibration_matrix", .tensor(TensorData(shape: [1, 3, 3], floats: sample.calibration))),
    ]
    for (key, tensor) in [
      ("ntexture", texture), ("normal_angles", normalAngles), ("diffusion_ntexture", inpainted),
      ("mask", mask),
    ] {
      entries.append((key, .tensor(TensorData(shape: tensor.shape, floats: tensor.elements))))
    }
    let bytes = [
      ("fake_rgb", picture.shape, picture.elements.map { ($0 + 1) / 2 * 255 }),
      ("fake_segm", segmentation.shape, segmentation.elements.map { $0 * 255 }),
    ]
    for (key, shape, values) in bytes {
      let truncated = values.map { UInt8(saturating: $0, .towardZero) }
      entries.append((key, .tensor(TensorData(shape: shape, bytes: truncated))))
    }
    entries.append(("smplx_param", sample.fit.pickle))
    return .dict(entries.map { (.string($0.0), $0.1) })
  }

  /// The files that `write` and `writePictures` make of a person.
  ///
  /// - Parameter number: of the person in the folder, from 0.
  public static func paths(under folder: String, name: String, number: Int) -> [String] {
    [path(under: folder, name: name)] + picturePaths(under: folder, number: number)
  }

  /// Of `write`.
  public static func path(under folder: String, name: String) -> String {
    "\(folder)/textures/data_dict/\(FileName.stem(name, fallback: "person")).pkl"
  }

  /// Writes `textures/data_dict/NAME.pkl` under a folder, and returns its path.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  public func write(under folder: String, overwrite: Bool = false) throws -> String {
    let path = Self.path(under: folder, name: sample.name)
    try OutputFolder.create(PathParts(path).folder)
    try Pickle.write(pickle, to: path, overwrite: overwrite)
    return path
  }
}

extension DinarFit {
  /// `smplx_param`: arrays as they were, with the gender in its place.
  var pickle: PickleValue {
    var entries = arrays.map { (PickleValue.string($0.key), PickleValue.tensor($0.value)) }
    entries.insert((.string("gender"), .string(gender)), at: min(genderPosition, entries.count))
    return .dict(entries)
  }
}
