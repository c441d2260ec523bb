import Foundation

/// Motions of the layouts that people use, as small texts that mutations reach everywhere in.
enum MotionSeeds {
  /// JSON: EasyMocap's persons, LHM's frame, groups of sequences, rows of other widths; MDM, BEDLAM's rows,
  /// numbered frames, poses that may be persons, takes, positions.
  static let texts: [[UInt8]] = [
    #"[{"id": 0, "Rh": [[0, 1, 0]], "Th": [[0, 0, 1]], "poses": [[\#(numbers(72))]], "shapes": [[0, 1]]}]"#,
    #"{"root_pose": [3, 0, 0], "body_pose": [[\#(numbers(63))]], "lhand_pose": [[\#(numbers(45))]], "trans": [0, 0, 1]}"#,
    #"{"a": {"poses": [[\#(numbers(72))], [\#(numbers(72))]], "fps": 30}, "b": {"poses": [[\#(numbers(66))]]}}"#,
    #"{"1": {"global_orient": [[1, 0, 0, 0]], "body_pose": [[\#(numbers(84))]]}, "2": null}"#,
    #"{"poses": [[\#(numbers(87))], [\#(numbers(87))]], "Rh": [[0, 0, NaN]], "Th": [[0, 0, 0], [1e300, 0, 0]]}"#,
    #"{"thetas": \#(rows(24, of: rows(6, of: "[1, 0, 0.5]"))), "root_translation": [[0, 1, 2], [1, 1, 1], [0, 0, 0]]}"#,
    #"{"imgname": ["a/0000.png", "a/0005.png", "a/0020.png", "b/0001.png"], "sub": ["p", "p", "p", "q"], "pose_world": \#(rows(4, of: "[\(numbers(165))]")), "trans_world": \#(rows(4, of: "[0, 1, 2]"))}"#,
    #"{"7": {"pose": \#(rows(3, of: "[\(numbers(72))]")), "frame_ids": [1, 2, 5], "pred_cam": [[1, 0, 0]]}, "123456789012345678901234": {"pose": [[\#(numbers(72))]]}}"#,
    #"[\#((0..<3).map { #"{"body_pose": [[\#(numbers(60)), \#($0), 0, 0]], "root_orient": [[0, \#($0), 0]]}"# }.joined(separator: ", "))]"#,
    #"{"poses": [[[\#(numbers(72))]], [[\#(numbers(72))], [\#(numbers(72))]]], "joints": [[[0, 1, 2]]]}"#,
    #"{"joints3d": \#(rows(3, of: rows(17, of: "[1, 2, 3]"))), "a": [[]], "b": [[1], [2, "x"]]}"#,
  ].map { Array($0.utf8) }

  private static func rows(_ count: Int, of row: String) -> String {
    "[\((0..<count).map { _ in row }.joined(separator: ", "))]"
  }

  private static func numbers(_ count: Int) -> String {
    (0..<count).map { "\(Double(($0 * 7) % 13) / 10)" }.joined(separator: ", ")
  }
}
