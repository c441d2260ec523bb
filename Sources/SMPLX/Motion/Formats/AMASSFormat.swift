import Compute

/// AMASS recordings: one `poses` array, or the SMPL-X archive's separate arrays, Z up by definition.
///
/// Source: the AMASS archives and `human_body_prior`'s `AMASS` loaders. Hands are complete rotations: no
/// components, no mean. Layouts are told by the number of columns, not by the file's name: 156 SMPL-H,
/// 165 SMPL-X.
struct AMASSFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "AMASS SMPL-H and SMPL-X",
    source: "AMASS archives (`*_poses.npz`, `*_stageii.npz`), SOMA, and whoever writes like them",
    recognised:
      "`poses` of 156 or 165 columns, or `root_orient` and `pose_body`, beside a mocap rate",
    assumed: "Z up, metres, complete hands; the rate is in the file",
    leftOut: "`dmpls`, markers, the performer's shape unless `motion-shape`",
    example: "avatar animate sample walk_poses.npz -o walk.mp4")

  /// Keys that AMASS's own writers add.
  static let signs = [
    "mocap_framerate", "mocap_frame_rate", "mocap_time_length", "dmpls", "surface_model_type",
    "markers_latent",
  ]

  func recognises(_ arrays: MotionArrays) -> Bool {
    guard Self.signs.contains(where: arrays.mentions) else { return false }
    return Self.columns(arrays) != nil || Self.hasParts(arrays)
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: Self.layout(arrays), hands: .complete)
  }

  /// Joints of rows of all joints: 52 or 55.
  static func columns(_ arrays: MotionArrays) -> Int? {
    for key in ["poses", "pose", "fullpose", "full_pose"] {
      guard let shape = (try? arrays.shape(key, entry: 0)) ?? nil,
        let (_, width) = ParameterRows.split(shape, [52, 55])
      else { continue }
      return ParameterRows(width: width, [52, 55])?.joints
    }
    return nil
  }

  static func hasParts(_ arrays: MotionArrays) -> Bool {
    arrays.contains("root_orient") && arrays.contains("pose_body")
  }

  static func layout(_ arrays: MotionArrays) -> MotionLayout {
    switch columns(arrays) {
    case 55: return .amassSMPLX
    case 52: return .amassSMPLH
    default:
      let isSMPLX = ["pose_jaw", "pose_eye"].contains(where: arrays.contains)
      return isSMPLX ? .amassSMPLX : arrays.contains("pose_hand") ? .amassSMPLH : .bodyOnly
    }
  }
}

/// MoSh++'s own results, before they become archives: Z up as the mocap it was given.
///
/// Source: MoSh++ `mosh_head.py`: `fullpose`, `trans`, `betas`, and `stageii_debug_details` with
/// `mocap_frame_rate` and `cfg`.
struct MoShFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "MoSh++ stage II",
    source: "MoSh++ and SOMA (`*_stageii.pkl`)",
    recognised: "`stageii_debug_details` beside `fullpose`",
    assumed: "Z up, metres, complete hands; the rate is in the details",
    leftOut: "markers, dynamics, the performer's shape unless `motion-shape`",
    example: "avatar animate sample take_stageii.pkl -o take.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("stageii_debug_details") && arrays.first(["fullpose", "poses"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(
      layout: MotionLayout(label: "MoSh++ stage II", up: .definitely(.z)), hands: .complete,
      prefersJoined: true)
  }
}

/// BEAT2's motions and what EMAGE and its kin generate: AMASS's keys, but Y up.
///
/// Source: PantoMatrix (EMAGE) `npz` writers: `model` says the SMPL-X of 2020, `expressions` lie beside
/// `poses`.
struct BEATFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "BEAT2 and EMAGE",
    source: "BEAT2 (PantoMatrix), EMAGE and other speech-to-gesture systems",
    recognised: "`poses` of 165 columns beside `expressions` or a `model` of SMPL-X 2020",
    assumed: "Y up, metres, complete hands, 30 frames a second where the file does not say",
    leftOut: "expressions (they belong to another body), shape",
    example: "avatar animate sample gesture.npz -o gesture.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    guard AMASSFormat.columns(arrays) == 55 else { return false }
    let model = ((try? arrays.text("model")) ?? nil)?.lowercased() ?? ""
    return arrays.contains("expressions") || (model.contains("smplx") && model.contains("2020"))
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(
      layout: MotionLayout(label: "BEAT2", up: .definitely(.y)), frameRate: 30, hands: .complete)
  }
}
