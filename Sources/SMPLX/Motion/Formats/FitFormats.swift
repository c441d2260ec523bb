import Compute

// Bodies that were fitted to pictures, and what is passed on from one such system to another.

/// Source: SMPLify-X's `fit_single_frame.py`: arguments of smplx beside `camera_translation`.
struct SMPLifyXFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "SMPLify-X", source: "SMPLify-X and its kin (`results/*/000.pkl`), a folder of them",
    recognised: "`body_pose` beside `camera_translation` or `camera_rotation`",
    assumed: "the camera's axes, hands of components with the relaxed mean",
    leftOut: "expressions; a single fit's camera", example: "avatar animate sample fits/ -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("body_pose")
      && arrays.first(["camera_translation", "camera_rotation"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("SMPLify-X", .camera))
  }
}

/// Source: EasyMocap's `mytools/writer.py`: JSON a frame, a list of persons with `id`, `Rh`, `Th`, `poses`
/// and `shapes`; x = Rh x + Th turns about the body's own origin.
struct EasyMocapFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "EasyMocap", source: "EasyMocap (`output/smpl/*.json`), Neural Body and its kin (`.npz`)",
    recognised: "`poses` beside `Rh` and `Th`",
    assumed: "the up axis by the motion; hands of six components with the relaxed mean",
    leftOut: "expressions, the other persons",
    example: "avatar animate sample output/smpl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("Rh") && arrays.contains("Th")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    var conventions = ParameterConventions(layout: MotionLayout(label: "EasyMocap"))
    conventions.keys.translation = ["Th"]
    return conventions
  }
}

/// Source: LHM's `runners/infer/utils.py` and its example motions: JSON a frame with `root_pose`,
/// `lhand_pose`, `trans`, `focal` and `princpt`.
struct LHMFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "LHM", source: "LHM and ExAvatar (`smplx_params/*.json`)",
    recognised: "`root_pose` and `body_pose` beside `lhand_pose` or `focal`",
    assumed: "30 frames a second, the camera's axes, hands relative to the relaxed mean",
    leftOut: "cameras, expressions", example: "avatar animate sample motion/smplx_params -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("root_pose") && arrays.first(["lhand_pose", "focal", "princpt"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .inWorldOrCamera("LHM", .camera), frameRate: 30)
  }
}
