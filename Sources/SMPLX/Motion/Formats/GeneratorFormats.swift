import Compute

/// Source: EDGE's `edge.py`: `smpl_poses`, `smpl_trans`, and `full_pose`, which are positions of joints.
struct EDGEFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "EDGE", source: "EDGE and other dance generators",
    recognised: "`smpl_poses` and `smpl_trans` without `smpl_scaling`",
    assumed: "30 frames a second, Z up unless the motion says otherwise",
    leftOut: "`full_pose`, where it holds positions",
    example: "avatar animate sample dance.pkl -o dance.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("smpl_poses") && arrays.contains("smpl_trans")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: MotionLayout(label: "EDGE", up: .usually(.z)), frameRate: 30)
  }
}

/// Source: Meshcapade's `smplcodec`: `bodyPose` (N, 22, 3) with the pelvis, `headPose` (jaw, left eye, right
/// eye), hands, `bodyTranslation`, `frameRate`; numbers only.
struct SMPLCodecFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "Meshcapade .smpl", source: "Meshcapade's tools (`.smpl`, an archive of NumPy)",
    recognised: "`bodyPose` and `bodyTranslation`",
    assumed: "Y up, metres, complete hands; the rate is in the file",
    leftOut: "shape unless `motion-shape`",
    example: "avatar animate sample dance.smpl -o dance.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool { arrays.contains("bodyPose") }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    var conventions = ParameterConventions(
      layout: MotionLayout(label: "Meshcapade .smpl"), hands: .complete)
    conventions.keys.joined = ["bodyPose"]
    conventions.keys.translation = ["bodyTranslation"]
    conventions.keys.head = ["headPose"]
    return conventions
  }
}
