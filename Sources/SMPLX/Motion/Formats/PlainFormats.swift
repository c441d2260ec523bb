import Compute

/// Rows of all joints without more: who wrote them is not told.
struct ColumnsFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "rows of joints",
    source: "arrays of 66, 72, 156 or 165 columns, or of 22, 24, 52 or 55 joints",
    recognised: "`poses`, `pose`, `fullpose` ... by the numbers of a row; a file of one array",
    assumed: "30 frames a second unless told, the up axis by the motion, complete hands",
    leftOut: "SMPL's joints 22 and 23 (whole hands, which SMPL-X lacks)",
    example: "avatar animate sample poses.npy -o out.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    // What a model gave back says the parts, which lie beside it, once more.
    arrays.first(ParameterKeys().body) == nil
      ? Self.joints(arrays) != nil
      : arrays.contains("poses")
        && AMASSFormat.columns(arrays) != nil
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    let layout: MotionLayout =
      switch Self.joints(arrays) {
      case 55: MotionLayout(label: "SMPL-X poses")
      case 52: MotionLayout(label: "SMPL-H poses")
      case 24: .smpl
      default: .bodyOnly
      }
    return ParameterConventions(layout: layout, hands: .complete)
  }

  private static func joints(_ arrays: MotionArrays) -> Int? {
    for key in ParameterKeys().joined {
      guard let shape = (try? arrays.shape(key, entry: 0)) ?? nil,
        let (_, width) = ParameterRows.split(
          shape, ParameterRows.joined, extras: EasyMocapColumns.widths)
      else { continue }
      return ParameterRows(width: width, ParameterRows.joined)?.joints ?? 24
    }
    return nil
  }
}

/// Arguments of the `smplx` package under all their names, and whatever is like them.
///
/// Source: smplx `body_models.py`, `SMPLX.forward`.
struct SMPLXFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "smplx parameters", source: "the `smplx` package and all who call it; SMPLer-X",
    recognised: "`global_orient`, `root_orient` or `root_pose`, with `body_pose` or `pose_body`",
    assumed:
      "30 frames a second unless told, the up axis by the motion, hands relative to the relaxed "
      + "mean unless `flat_hand_mean` or `hands complete`",
    leftOut: "expressions, shape unless `motion-shape`",
    example: "avatar animate sample params.npz -o out.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool {
    let keys = ParameterKeys()
    return arrays.first(keys.body) != nil || arrays.first(keys.root) != nil
      || arrays.listKey == MotionReader.dinarKey
  }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .smplxParameters)
  }
}

/// DINAR's animations: a list `body_params_list` with a group a frame.
struct DINARFormat: ParameterFormat {
  let facts = MotionFormatFacts(
    name: "DINAR animation", source: "DINAR's `visualize.py` with an animation",
    recognised: "a list `body_params_list`",
    assumed: "30 frames a second, the camera's axes, six hand components with the relaxed mean",
    leftOut: "the translation, eyes and shape, as DINAR does",
    example: "avatar animate me.safetensors animation.pkl -o me.mp4")

  func recognises(_ arrays: MotionArrays) -> Bool { arrays.listKey == MotionReader.dinarKey }

  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions {
    ParameterConventions(layout: .dinar)
  }
}
