import Compute

/// The names under which files keep the parameters of SMPL, SMPL-H and SMPL-X bodies.
///
/// Sources: the `smplx` package (`body_models.py`), AMASS and MoSh++, human_body_prior, EasyMocap, LHM,
/// AIST++, EMDB, WHAM, TRAM and ROMP, each by the code that writes its files.
struct ParameterKeys: Sendable {
  /// The rotation of the pelvis.
  var root = [
    "global_orient", "root_orient", "root_pose", "poses_root", "pred_global_orient", "rootOrient",
    "global_orientation",
  ]
  /// 21 joints of SMPL-X, or 23 of SMPL, without the pelvis.
  var body = ["body_pose", "pose_body", "poses_body", "pred_body_pose", "body_poses"]
  /// The pelvis and all that follows.
  var joined = [
    "poses", "pose", "smpl_poses", "fullpose", "full_pose", "smpl_thetas", "thetas", "pred_rotmat",
    "pred_pose", "pred_thetas", "smplx_poses", "pose_world", "pose_cam", "bodyPose",
    MotionXFormat.key,
  ]
  var jaw = ["jaw_pose", "pose_jaw"]
  var leftEye = ["leye_pose", "left_eye_pose"]
  var rightEye = ["reye_pose", "right_eye_pose"]
  var eyes = ["pose_eye", "eye_pose"]
  /// The jaw and both eyes.
  var head: [String] = []
  var leftHand = [
    "left_hand_pose", "lhand_pose", "left_hand", "lhand", "pose_lhand", "leftHandPose",
  ]
  var rightHand = [
    "right_hand_pose", "rhand_pose", "right_hand", "rhand", "pose_rhand", "rightHandPose",
  ]
  var hands = ["pose_hand", "hand_pose", "poses_hand"]
  var translation = [
    "trans", "transl", "translation", "Th", "smpl_trans", "root_trans", "pred_trans", "cam_trans",
    "root_translation", "camera_translation",
  ]
  /// A rotation of the whole body about the origin, beside the pelvis' own.
  var outerRoot = ["Rh"]
  var shape = ["betas", "shape", "beta", "shapes", "smpl_betas", "pred_shape", "shapeParameters"]
  var expression = ["expression", "expressions", "expr", "face_expr"]
  /// What a translation is divided by.
  var scaling: [String] = []

  /// What is about the file and not about frames.
  static let about: Set<String> = [
    "gender", "genders", "mocap_time_length", "surface_model_type", "up_axis", "num_betas",
    "flat_hand_mean", "use_pca", "model", "model_type", "smpl_loss", "id", "frame_ids", "frame_id",
    "frame",
  ]

  /// Names that are read if they are there.
  var all: Set<String> {
    Set(
      root + body + joined + jaw + head + leftEye + rightEye + eyes + leftHand + rightHand + hands
        + translation + outerRoot + shape + expression + scaling)
  }
}
