import Compute

// Recordings that come as data sets, each with the keys of its own files.

/// Source: AIST++'s `aist_plusplus/loader.py`: `smpl_trans` is in the units of its own scaling.
struct AISTFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "AIST++", source: "AIST++ dances",
    recognised: "`smpl_poses`, `smpl_trans` and `smpl_scaling`",
    assumed: "60 frames a second, Y up, translation = `smpl_trans` / `smpl_scaling`",
    leftOut: "`smpl_loss`", example: "avatar animate sample gBR_sBM_cAll_d04.pkl -o dance.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("smpl_poses") && arrays.contains("smpl_scaling")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    var conventions = ParameterConventions(layout: MotionLayout(label: "AIST++"), frameRate: 60)
    conventions.keys.scaling = ["smpl_scaling"]
    return conventions
  }
}

/// Source: 3DPW's readme: `poses` and `trans` are lists with an array a person, at the 30 frames a second of
/// the pictures; `poses_60Hz` are the same at twice the rate.
struct ThreeDPWFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "3DPW", source: "3DPW (`sequenceFiles/*.pkl`)",
    recognised: "`poses` and `trans` beside `cam_poses` or `jointPositions`",
    assumed: "30 frames a second, Y up, persons one after the other in lists",
    leftOut: "the 60 Hz copies, cameras, clothes",
    example: "avatar animate sample downtown_walking_00.pkl -o walk.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("poses")
      && ["cam_poses", "jointPositions", "poses_60Hz"].contains(where: arrays.contains)
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: MotionLayout(label: "3DPW"), frameRate: 30)
  }
}

/// Source: EMDB's `dataset.md`: `smpl` holds `poses_root`, `poses_body`, `trans` and `betas`.
struct EMDBFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "EMDB", source: "EMDB (`P*_data.pkl`)",
    recognised: "`poses_root` and `poses_body`, in a group `smpl`",
    assumed: "30 frames a second, the up axis by the motion",
    leftOut: "cameras, key points", example: "avatar animate sample P0_data.pkl -o run.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("poses_root") && arrays.contains("poses_body")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: MotionLayout(label: "EMDB"), frameRate: 30)
  }
}

/// Source: GRAB's `grab/grab_preprocessing.py`: `body.params` are arguments of smplx with 24 hand
/// components beside the complete `fullpose`, which says what the hands are without a question.
struct GRABFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "GRAB", source: "GRAB (`s1/*.npz`)",
    recognised: "a group `body` with `params` of `fullpose` and `global_orient`",
    assumed: "Z up, metres, complete hands; the rate is in the file",
    leftOut: "objects, contact, expressions",
    example: "avatar animate sample mug_drink_1.npz -o drink.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.path.contains("body") && arrays.path.last == "params" && arrays.contains("fullpose")
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(
      layout: MotionLayout(label: "GRAB", up: .definitely(.z)), frameRate: 120, hands: .complete,
      prefersJoined: true)
  }
}

/// Source: BEDLAM's `data_processing/df_full_body.py`: rows of all scenes and persons of a folder of pictures
/// (`PictureRows`), `pose_world` and `trans_world` beside the camera's; bodies are turned by diag(1, -1, -1), so
/// that both have Y down. Pictures are numbered at 30 frames a second, of which the usual archives have every
/// fifth.
struct BEDLAMFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "BEDLAM", source: "BEDLAM's training archives (`all_npz_12_training/*.npz`)",
    recognised: "`pose_world` or `pose_cam` beside `imgname`",
    assumed:
      "6 frames a second, 30 where no picture is left out, Y down, complete hands; scenes are "
      + "sequences, `sub` are persons",
    leftOut: "cameras, key points",
    example: "avatar animate sample scenes.npz -o scene.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.contains("imgname") && arrays.first(["pose_world", "pose_cam"]) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    let step = arrays.pictureStep ?? 5
    var conventions = ParameterConventions(
      layout: MotionLayout(label: "BEDLAM", up: .usually(.minusY)),
      frameRate: (1...30).contains(step) ? 30 / Double(step) : 6, hands: .complete)
    conventions.keys = conventions.keys.inWorldOrCamera(
      options.coordinates, world: "_world", camera: "_cam")
    return conventions
  }
}

/// Source: InterGen's `datasets/interhuman.py`: `person1` and `person2` beside `mocap_framerate`, Z up.
struct InterHumanFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "InterHuman", source: "InterHuman (InterGen)",
    recognised: "groups `person1` and `person2` of `root_orient` and `pose_body`",
    assumed: "Z up, metres; the rate is in the file, else 60",
    leftOut: "the other person, who `person 2` is",
    example: "avatar animate sample 26.pkl -o duel.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    arrays.path.last.map { $0.hasPrefix("person") } ?? false && AMASSFormat.hasParts(arrays)
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(
      layout: MotionLayout(label: "InterHuman", up: .definitely(.z)), frameRate: 60)
  }
}

extension ParameterKeys {
  /// The keys with one ending before those without and with the other.
  func inWorldOrCamera(
    _ coordinates: MotionCoordinates, world: String, camera: String
  ) -> ParameterKeys {
    let ending = coordinates == .world ? world : camera
    let other = coordinates == .world ? camera : world
    func with(_ names: [String]) -> [String] {
      names.map { $0 + ending } + names + names.map { $0 + other }
    }
    var keys = self
    keys.joined = with(["pose", "poses"]) + joined.filter { !["pose", "poses"].contains($0) }
    keys.translation =
      with(["trans", "transl"]) + translation.filter { !["trans", "transl"].contains($0) }
    return keys
  }
}
