import Compute
import TensorFiles

/// Samples of MDM as rotations: joints first and frames last, which no other system has.
///
/// Source: motion-diffusion-model's `visualize/vis_utils.py` (`npy2obj.save_npy`): `motion` (25, 6, frames) is
/// `thetas` (24, 6, frames), the first two rows of each joint's matrix, and below them the root's place in the
/// first three numbers of a row, again as `root_translation` (3, frames). `results.npy` has `motion` (samples,
/// joints, 6 or 3, frames) with `lengths`; of three numbers they are positions.
struct MDMSamples {
  /// Frames x joints x 6.
  static let rotations = "thetas"
  /// Frames x 3.
  static let translation = "root_translation"
  /// Joints of SMPL, SMPL-X's body, SMPL-H and SMPL-X.
  private static let joints: Set<Int> = [22, 24, 52, 55]

  private let group: any NamedArrays
  private let samples: [(name: String, rotations: TensorData, translation: TensorData)]

  /// nil for a group that holds no such arrays.
  init?(_ group: any NamedArrays) {
    self.group = group
    guard let found = (try? Self.samples(group)) ?? nil, !found.isEmpty else { return nil }
    samples = found
  }

  /// - Parameter arrays: a sample's name and its arrays, to a place in the file.
  func tree(_ arrays: (String, any NamedArrays) -> MotionArrays) -> MotionTree? {
    let children = samples.compactMap { sample -> MotionTree.Child? in
      let entries: [(key: PickleValue, value: PickleValue)] = [
        (.string(Self.rotations), .tensor(sample.rotations)),
        (.string(Self.translation), .tensor(sample.translation)),
      ]
      return PickleArrays(.dict(entries), file: group.file).map {
        .init(name: sample.name, tree: .arrays(arrays(sample.name, $0)))
      }
    }
    return children.count == 1 ? children.first?.tree : .sequences(children)
  }

  private static func samples(
    _ group: any NamedArrays
  ) throws -> [(name: String, rotations: TensorData, translation: TensorData)]? {
    func shape(_ key: String) -> [Int]? {
      guard group.holdsArray(key), let header = try? group.header(key), header.scalarType.isReal
      else { return nil }
      return header.shape
    }
    if let thetas = shape(rotations), thetas.count == 3, joints.contains(thetas[0]), thetas[1] == 6,
      thetas[2] > 0, shape(translation) == [3, thetas[2]]
    {
      let places = try group.tensor(translation).floats()
      return [
        try sample(
          "0", group.tensor(rotations).floats(), from: 0, joints: thetas[0], frames: thetas[2],
          kept: thetas[2], place: { places[thetas[2] * $0 + $1] })
      ]
    }
    guard var motion = shape("motion") else { return nil }
    if motion.count == 3 { motion.insert(1, at: 0) }
    // The last row is the root's place.
    guard motion.count == 4, joints.contains(motion[1] - 1), motion[2] == 6, motion[0] > 0,
      motion[3] > 0
    else { return nil }
    let (count, rows, frames) = (motion[0], motion[1], motion[3])
    let values = try group.tensor("motion").floats()
    let lengths = group.holdsArray("lengths") ? try? group.tensor("lengths").ints() : nil
    return try (0..<count).map { index in
      let start = index * rows * 6 * frames
      let kept = lengths.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? frames
      return try sample(
        "\(index)", values, from: start, joints: rows - 1, frames: frames,
        kept: min(max(kept, 1), frames),
        place: { values[start + ((rows - 1) * 6 + $0) * frames + $1] })
    }
  }

  /// One sample with frames first. `place`: an axis and a frame, to metres.
  private static func sample(
    _ name: String, _ values: [Float], from start: Int, joints: Int, frames: Int, kept: Int,
    place: (Int, Int) -> Float
  ) throws -> (name: String, rotations: TensorData, translation: TensorData) {
    var rotations: [Float] = []
    rotations.reserveCapacity(kept * joints * 6)
    var places: [Float] = []
    for frame in 0..<kept {
      for row in 0..<6 * joints { rotations.append(values[start + row * frames + frame]) }
      for axis in 0..<3 { places.append(place(axis, frame)) }
    }
    return (
      name, TensorData(shape: [kept, joints, 6], floats: rotations),
      TensorData(shape: [kept, 3], floats: places)
    )
  }
}

/// Samples of MDM and of what is built on it, as parameters of SMPL.
struct MDMFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "MDM",
    source: "MDM's `render_mesh` (`*_smpl_params.npy`), results of its models of rotations",
    recognised: "`thetas` (24, 6, frames) and `root_translation` (3, frames), or `motion` of both",
    assumed: "20 frames a second (HumanML3D's), Y up, metres; several samples are sequences",
    leftOut: "`vertices`, `text`",
    example: "avatar animate sample sample00_rep00_smpl_params.npy -o out.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains(MDMSamples.rotations) && arrays.contains(MDMSamples.translation)
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: MotionLayout(label: "MDM"), frameRate: 20)
  }
}
