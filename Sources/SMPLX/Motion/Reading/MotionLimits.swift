/// What a motion may be: numbers from files are wrong until shown otherwise.
import Compute

enum MotionLimits {
  /// Frames a second of a recording: time lapse to high speed.
  static let rates = 0.001...100_000.0
  /// Bytes of frames that come out of one file: fifteen hours at 120 frames a second.
  static let mostBytes = 4 << 30
  /// Archives of real recordings shrink to a half or a third, those of somebody who stands still to a
  /// hundredth.
  static let mostUnfolding = 256
  /// What a file of any size may unfold to.
  static let leastRoom = 256 << 20
  /// Metres: 100 km from the origin, positions in float32 are good for a centimetre still.
  static let farthest: Float = 1e5
  /// Radians, beyond which float32 has no angle left.
  static let largestAngle: Float = 1e5
  /// Metres a second on average, that runners do not reach.
  static let fastest = 15.0
  /// Coefficients of expression, which are about 1.
  static let largestCoefficient: Float = 1e4
  /// Numbers of an array that is not frames (betas).
  static let mostSideNumbers = 1 << 26

  /// Bytes of frames that a file may give.
  static func room(fileSize: Int?) -> Int {
    guard let fileSize else { return mostBytes }
    return min(mostBytes, max(leastRoom, fileSize.clampedProduct(mostUnfolding)))
  }

  /// - Parameter makeError: what and expected, to an error that knows file and key.
  static func check(rate: Double, _ makeError: (String, String) -> ProgramError) throws {
    // Written so that a NaN fails.
    guard rates.contains(rate) else {
      throw makeError(
        rate > 0 ? "the frame rate is out of bounds" : "the frame rate must be positive",
        "0.001 to 100000 frames a second")
    }
  }
}

extension Int {
  /// The product of two counts, or the largest number.
  func clampedProduct(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
