/// BVH files made up in memory.
import Compute
import Foundation

@testable import SMPLX

/// Texts of small files.
enum BVHSamples {
  /// Two joints, nine channels, `frames` lines of numbers.
  static func small(frames: [String], declared: String? = nil, time: String = "0.0333333") -> String
  {
    """
    HIERARCHY
    ROOT Hips
    {
      OFFSET 0 0 0
      CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
      JOINT Chest
      {
        OFFSET 0 10 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 5 0
        }
      }
    }
    MOTION
    Frames: \(declared ?? "\(frames.count)")
    Frame Time: \(time)
    \(frames.joined(separator: "\n"))

    """
  }

  static let row = "1 2 3 90 0 0 0 0 0"

  static func read(_ text: String) throws -> BVHFile { try BVHFile(bytes: Array(text.utf8)) }

  /// The error of a text; nil if it is read.
  static func error(_ text: String) -> ProgramError? { programError { _ = try read(text) } }
}
