import Compute

// Poses that networks and fits find in pictures and videos. Cameras look along Z with Y down, so that up is
// -Y unless a world was found.

/// Source: WHAM's `demo.py`: persons by number, `pose` and `trans` of the camera, `pose_world` and
/// `trans_world` with Y up.
struct WHAMFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "WHAM", source: "WHAM (`wham_output.pkl`, by joblib)",
    recognised: "`pose_world` and `trans_world`, persons under integer keys",
    assumed:
      "30 frames a second, the world with Y up; `coordinates camera` takes `pose` and `trans`",
    leftOut: "`verts`, the other persons",
    example: "avatar animate sample wham_output.pkl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("pose_world") && arrays.contains("trans_world") && !arrays.contains("imgname")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    var conventions = ParameterConventions(
      layout: .inWorldOrCamera("WHAM", options.coordinates), frameRate: 30)
    conventions.keys = conventions.keys.inWorldOrCamera(
      options.coordinates, world: "_world", camera: "_cam")
    if options.coordinates == .camera {
      conventions.keys.joined = ["pose"] + conventions.keys.joined
      conventions.keys.translation = ["trans"] + conventions.keys.translation
    }
    return conventions
  }
}

/// Source: GVHMR's `tools/demo/demo.py` (`hmr4d_results.pt`): `smpl_params_global` with Y up, and
/// `smpl_params_incam`.
struct GVHMRFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "GVHMR", source: "GVHMR (`hmr4d_results.pt`)",
    recognised: "a group `smpl_params_global` or `smpl_params_incam`",
    assumed: "30 frames a second, the world with Y up; `coordinates camera` takes the camera's",
    leftOut: "the network's outputs", example: "avatar animate sample hmr4d_results.pt -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.path.contains { ["smpl_params_global", "smpl_params_incam"].contains($0) }
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    let isCamera = arrays.path.contains("smpl_params_incam")
    return ParameterConventions(
      layout: .inWorldOrCamera("GVHMR", isCamera ? .camera : .world), frameRate: 30)
  }
}

/// Source: PromptHMR's `pipeline`: `people` by number, each with `smplx_world` (Y up) and `smplx_cam` of
/// `pose` (165 columns), `trans` and `shape`.
struct PromptHMRFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "PromptHMR", source: "PromptHMR (`results.pkl`)",
    recognised: "a group `smplx_world` or `smplx_cam` of `pose` and `trans`",
    assumed: "30 frames a second, the world with Y up, complete hands",
    leftOut: "cameras, masks, the other people",
    example: "avatar animate sample results.pkl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.path.contains { ["smplx_world", "smplx_cam"].contains($0) }
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    let isCamera = arrays.path.contains("smplx_cam")
    return ParameterConventions(
      layout: .inWorldOrCamera("PromptHMR", isCamera ? .camera : .world), frameRate: 30,
      hands: .complete)
  }
}

/// Source: TRAM's `scripts/estimate_humans.py` (`hps_track_*.npy`): `pred_rotmat`, `pred_trans` (N, 1, 3)
/// and `pred_shape` in the camera's axes.
struct TRAMFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "TRAM", source: "TRAM (`hps/hps_track_*.npy`)",
    recognised: "`pred_rotmat` and `pred_trans`",
    assumed: "30 frames a second, the camera's axes",
    leftOut: "`pred_cam`, the 6D copy of the pose",
    example: "avatar animate sample hps_track_0.npy -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("pred_rotmat") && arrays.contains("pred_trans")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("TRAM", .camera), frameRate: 30)
  }
}

/// Source: PARE's and VIBE's `demo.py`: persons by number with `pose`, `betas` and `orig_cam`.
struct VIBEFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "VIBE and PARE", source: "VIBE, PARE, SPEC and others (`*_output.pkl`, by joblib)",
    recognised: "`pose` beside `pred_cam` or `orig_cam`, persons under integer keys",
    assumed: "30 frames a second, the camera's axes, no place in space",
    leftOut: "weak cameras, vertices", example: "avatar animate sample vibe_output.pkl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.first(["pose", "poses"]) != nil && arrays.first(["pred_cam", "orig_cam"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("VIBE", .camera), frameRate: 30)
  }
}

/// Source: PHALP's `PHALP.py` (4D-Humans, HMR2): a group a frame, whose `smpl` is a list of a group a
/// person of `global_orient` (1, 3, 3) and `body_pose` (23, 3, 3), `tid` their numbers, `camera` where
/// they are.
struct PHALPFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "4D-Humans and PHALP", source: "4D-Humans (HMR2) and PHALP (`demo_*.pkl`, by joblib)",
    recognised: "groups by the names of frames, of `smpl` lists and `tid`",
    assumed:
      "30 frames a second, the camera's axes; a person's pose holds where the person is missing",
    leftOut: "appearance, boxes, the other persons",
    example: "avatar animate sample demo_video.pkl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.path.last == "smpl" && arrays.outer.first?.contains("tid") ?? false
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("4D-Humans", .camera), frameRate: 30)
  }
}

/// Source: ROMP's and BEV's `main.py`: rows are persons of one picture, `smpl_thetas` (P, 72) and
/// `cam_trans`; videos have a group a frame.
struct ROMPFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "ROMP and BEV", source: "ROMP, BEV and TRACE (`video_results.npz`)",
    recognised: "`smpl_thetas`", assumed: "30 frames a second, the camera's axes",
    leftOut: "vertices, joints, the other persons",
    example: "avatar animate sample video_results.npz -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool { arrays.contains("smpl_thetas") }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("ROMP", .camera), frameRate: 30)
  }
}

/// Source: SLAHMR's `optim/base_scene.py` and `optim/output.py`: persons along the first axis, `root_orient`
/// (P, N, 3), `pose_body` and `trans` beside `cam_R` and `cam_t`. Its world is the first camera, Y down: bodies
/// begin turned by pi about X.
struct SLAHMRFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "SLAHMR", source: "SLAHMR (`*_world_results.npz`)",
    recognised: "`root_orient` and `pose_body` beside `cam_R` or `floor_plane`",
    assumed: "30 frames a second, the world with Y down, an axis of persons",
    leftOut: "cameras, the floor, the other persons",
    example: "avatar animate sample clip_000300_world_results.npz -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    AMASSFormat.hasParts(arrays) && arrays.first(["cam_R", "floor_plane"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(
      layout: MotionLayout(label: "SLAHMR", up: .usually(.minusY)), frameRate: 30)
  }
}

extension MotionLayout {
  /// A layout whose world is Y up and whose camera's axes are Y down.
  static func inWorldOrCamera(_ label: String, _ coordinates: MotionCoordinates) -> MotionLayout {
    coordinates == .world
      ? MotionLayout(label: label)
      : MotionLayout(label: "\(label) (camera)", up: .usually(.minusY))
  }
}
