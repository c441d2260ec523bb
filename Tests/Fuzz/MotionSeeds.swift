import Foundation

/// Motions of the layouts that people use, as small texts that mutations reach everywhere in.
enum MotionSeeds {
  /// JSON: EasyMocap's persons, LHM's frame, groups of sequences, positions, and rows of other widths.
  static let texts: [[UInt8]] = [
    #"[{"id": 0, "Rh": [[0, 1, 0]], "Th": [[0, 0, 1]], "poses": [[\#(numbers(72))]], "shapes": [[0, 1]]}]"#,
    #"{"root_pose": [3, 0, 0], "body_pose": [[\#(numbers(63))]], "lhand_pose": [[\#(numbers(45))]], "trans": [0, 0, 1]}"#,
    #"{"a": {"poses": [[\#(numbers(72))], [\#(numbers(72))]], "fps": 30}, "b": {"poses": [[\#(numbers(66))]]}}"#,
    #"{"1": {"global_orient": [[1, 0, 0, 0]], "body_pose": [[\#(numbers(84))]]}, "2": null}"#,
    #"{"poses": [[\#(numbers(87))], [\#(numbers(87))]], "Rh": [[0, 0, NaN]], "Th": [[0, 0, 0], [1e300, 0, 0]]}"#,
  ].map { Array($0.utf8) }

  private static func numbers(_ count: Int) -> String {
    (0..<count).map { "\(Double(($0 * 7) % 13) / 10)" }.joined(separator: ", ")
  }
}
