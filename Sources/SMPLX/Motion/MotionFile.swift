/// Tells the known kinds of motion files apart: the content decides, never the name.
///
/// Known are AMASS archives (`Motion+AMASS`), plain smplx parameters (`Motion+Parameters`) and
/// DINAR's animations (`Motion+DINAR`), the first two as `.npz` or as a pickle.
import Compute

public enum MotionFile {
  /// Recognises the layout of `arrays` by their keys and reads it.
  static func read(
    _ arrays: MotionArrays, options: MotionOptions, hands: MotionHandModel?
  ) throws -> MotionClip {
    var reader = MotionReader(arrays: arrays, options: options, hands: hands)
    if arrays.listKey == MotionReader.dinarKey { return try reader.readDINAR() }
    if let (key, columns) = try reader.posesLayout() {
      return try reader.readPoses(key: key, columns: columns)
    }
    if reader.hasSeparatePoses { return try reader.readSeparatePoses() }
    if reader.hasParameters { return try reader.readParameters() }
    throw unknown(arrays)
  }

  /// Says what there is and what there should be.
  private static func unknown(_ arrays: MotionArrays) -> ProgramError {
    let shown = arrays.keys.prefix(12).map { key in
      let shape = (try? arrays.shape(key, entry: 0)) ?? nil
      guard let shape, !shape.isEmpty else { return key }
      return "\(key) (\(shape.map(String.init).joined(separator: " x ")))"
    }
    let more = arrays.keys.count > shown.count ? " and \(arrays.keys.count - shown.count) more" : ""
    let isBody = ["v_template", "weights"].allSatisfy(arrays.contains)
    return arrays.error(
      isBody ? "this is a body model, not a motion" : "no known motion layout",
      expected: "poses (frames x 156, 165, 72 or 66) and trans; root_orient and pose_body; "
        + "global_orient and body_pose; or body_params_list",
      found: shown.isEmpty ? "no keys" : "the keys " + shown.joined(separator: ", ") + more,
      hint: "AMASS archives, smplx parameters (.npz, .pkl) and DINAR animations are read; "
        + "a body model or an avatar is not a motion")
  }
}
