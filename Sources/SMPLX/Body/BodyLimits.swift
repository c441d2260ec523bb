/// What the numbers of a body file may be: a body nobody can see is told from one that can.
import Compute
import TensorFiles

enum BodyLimits {
  /// A largest magnitude, and its words.
  struct Limit: Sendable {
    let magnitude: Float
    let expected: String
    var hint: String?

    func allows(_ value: Float) -> Bool { abs(value) <= magnitude }

    func error(_ key: String, _ value: Float, at index: Int) -> ProgramError {
      ProgramError(
        .dataError, "array holds a value that is far too large", key: key, expected: expected,
        found: "\(value) at \(index)", hint: hint)
    }
  }

  /// Metres from the origin.
  static let extent = Limit(
    magnitude: 100, expected: "vertices within 100 metres", hint: "lengths are metres")
  /// Metres that a unit of shape, expression or a rotation's entry moves a vertex.
  static let column = Limit(
    magnitude: 100, expected: "movements within 100 metres a unit", hint: "lengths are metres")
  static let angle = Limit(magnitude: 1000, expected: "radians within 1000")
  static let weight = Limit(magnitude: 100, expected: "weights within 100")
  /// Texture tiles that coordinates may lie from the first one.
  static let coordinate = Limit(magnitude: 100, expected: "texture coordinates within 100")
  /// Files round weights to a few digits.
  static let weightSumError: Float = 0.05
  /// Unfolded, official files take up to 400 MB; of zeros they may be a fiftieth of that.
  static func checkRoom(_ archive: NPZFile) throws {
    let room = max(1 << 30, archive.fileSize.clampedProduct(64))
    guard archive.unfoldedSize <= room else {
      throw ProgramError(
        .dataError, "the body is far larger than its file", file: archive.path,
        expected: "at most \(room >> 20) MB unfolded", found: "\(archive.unfoldedSize >> 20) MB")
    }
  }

  /// Bytes of the name of a part.
  static let longestName = 1024
}
