/// What a motion file was recognised as.
public struct MotionLayout: Sendable, Equatable {
  /// "AMASS SMPL-H".
  public let label: String
  /// Which way is up in such files.
  public let up: LayoutUp

  public init(label: String, up: LayoutUp = .usually(.y)) {
    self.label = label
    self.up = up
  }

  /// `poses` of 156 columns: root, 21 body, 15 left and 15 right finger joints.
  public static let amassSMPLH = MotionLayout(label: "AMASS SMPL-H", up: .definitely(.z))
  /// `poses` of 165 columns, or root_orient, pose_body, pose_hand, pose_jaw, pose_eye.
  public static let amassSMPLX = MotionLayout(label: "AMASS SMPL-X", up: .definitely(.z))
  /// 72 columns: root and 23 body joints, of which the last two (hands) are not used.
  public static let smpl = MotionLayout(label: "SMPL poses")
  /// 66 columns: root and 21 body joints.
  public static let bodyOnly = MotionLayout(label: "body poses (22 joints)")
  /// The arguments of the `smplx` package: global_orient, body_pose, left_hand_pose, ...
  public static let smplxParameters = MotionLayout(label: "smplx parameters")
  /// DINAR's `body_params_list`.
  public static let dinar = MotionLayout(label: "DINAR animation")
}

/// Which way is up in files of a layout.
public enum LayoutUp: Sendable, Equatable {
  /// By the layout's definition: nothing is guessed.
  case definitely(UpAxis)
  /// Where the motion itself does not say otherwise.
  case usually(UpAxis)

  public var axis: UpAxis {
    switch self {
    case .definitely(let axis), .usually(let axis): axis
    }
  }
}
