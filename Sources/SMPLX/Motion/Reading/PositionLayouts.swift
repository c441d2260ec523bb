import Compute
import TensorFiles

/// Arrays of people that say where joints are and not how they turn, told by their names and shapes.
///
/// Sources: HumanML3D (`new_joint_vecs`, `new_joints`), KIT-ML, MDM's `results.npy`, AIST++'s `keypoints3d`,
/// Human3.6M, COCO, OpenPose, and the joints that `smplx` gives back.
struct PositionLayouts {
  private let key: String?
  private let what: String
  private let shape: [Int]

  /// Names of positions of joints.
  private static let names = [
    "joints", "joint", "keypoint", "kp3d", "kpts", "positions", "pos3d", "jtr", "j3d", "poses_3d",
    "pose_3d", "pose3d", "skeleton", "motion",
  ]
  /// Joints of skeletons that people use.
  private static let joints: Set<Int> = [
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 31, 32, 33, 42, 45, 49, 52, 53,
    54, 55, 65, 67, 70, 73, 118, 127, 133, 135, 137, 144,
  ]
  /// Vertices of SMPL, SMPL-X and its hands and head.
  private static let vertices: Set<Int> = [6890, 10475, 778, 5023, 431]
  /// Columns of the features of HumanML3D and KIT-ML.
  private static let features: Set<Int> = [263, 251]

  /// nil for an array that is something else.
  ///
  /// - Parameter name: what it lies under; empty for a file of one array.
  init?(_ name: String, _ tensor: TensorData) {
    guard tensor.scalarType.isReal,
      let what = Self.words(name, tensor.shape)
        ?? (Self.areRows(tensor) ? "positions of joints" : nil)
    else { return nil }
    key = name.isEmpty ? nil : name
    self.what = what
    shape = tensor.shape
  }

  private init?(_ name: String, shape: [Int]) {
    guard let what = Self.words(name, shape) else { return nil }
    key = name
    self.what = what
    self.shape = shape
  }

  /// The first such array of a group, or of groups in it.
  static func find(in group: any NamedArrays, depth: Int = 0) -> PositionLayouts? {
    for name in group.names where group.holdsArray(name) {
      guard let header = try? group.header(name), header.scalarType.isReal else { continue }
      if let found = PositionLayouts(name, shape: header.shape) { return found }
    }
    guard depth < 3 else { return nil }
    for name in group.names.prefix(1000) {
      if let found = group.value(name).flatMap({ find(in: $0, depth: depth + 1) }) { return found }
    }
    return nil
  }

  static func find(in value: PickleValue, depth: Int = 0) -> PositionLayouts? {
    guard depth < 3 else { return nil }
    if case .tensor(let tensor) = value { return PositionLayouts("", tensor) }
    if let group = PickleArrays(value, file: nil), !group.names.isEmpty {
      return find(in: group, depth: depth)
    }
    let items: [PickleValue] =
      if case .dict(let entries) = value { entries.map(\.value) } else { value.sequence ?? [] }
    return items.first.flatMap { find(in: $0, depth: depth + 1) }
  }

  private static func words(_ name: String, _ shape: [Int]) -> String? {
    guard let last = shape.last, shape.count > 1, shape.allSatisfy({ $0 > 0 }) else { return nil }
    if features.contains(last) { return "HumanML3D's features of motion" }
    let before = shape[shape.count - 2]
    if last == 3, vertices.contains(before) { return "vertices of a body" }
    let isNamed = names.contains { name.lowercased().contains($0) }
    if [3, 4].contains(last), shape.count > 2, joints.contains(before) || isNamed && before > 10 {
      return "positions of \(before) joints"
    }
    if shape.count == 2, isNamed, last % 3 == 0, joints.contains(last / 3) {
      return "positions of \(last / 3) joints"
    }
    // MDM puts frames last.
    if shape.count > 2, before == 3, joints.contains(shape[shape.count - 3]) {
      return "positions of \(shape[shape.count - 3]) joints (MDM's results)"
    }
    return nil
  }

  /// Whether rows of an array of no known shape move as joints of one body do.
  private static func areRows(_ tensor: TensorData) -> Bool {
    guard tensor.shape.count == 2, let width = tensor.shape.last, width % 3 == 0,
      JointPositions.joints.contains(width / 3),
      let rows = try? tensor.floats().prefix(width * JointPositions.mostFrames)
    else { return false }
    return JointPositions.moveAsOne(Array(rows), joints: width / 3)
  }

  func refusal(_ path: String) -> ProgramError {
    ProgramError(
      .dataError, "these are \(what), which do not say how bones turn about themselves", file: path,
      key: key, expected: "rotations of joints",
      found: shape.map(String.init).joined(separator: " x ")
        + (key == nil ? " numbers" : ""),
      hint: "fit a body to them first, as SMPLify (`joints2smpl`) does, and give its parameters")
  }
}
