/// Which way is up in a motion and where its person looks: found, overridden, and applied.
///
/// The turn is an exact rotation of the whole posed body, done on the parameters: with the rest
/// pelvis J0, `root' = R root`, `trans' = R (J0 + trans) - J0`, which moves every vertex x to R x.
import Compute
import Foundation

/// The axis of a motion's world that points up. The program's own world is Y up.
public enum UpAxis: String, Sendable, CaseIterable {
  case x, y, z
  case minusX = "-x"
  case minusY = "-y"
  case minusZ = "-z"

  /// The rotation that brings this axis to +Y: entries are 0 and +-1, so nothing is rounded.
  /// Z is AMASS's: (x, y, z) -> (x, z, -y).
  public var turn: RotationMatrix {
    switch self {
    case .x: RotationMatrix(SIMD3(0, -1, 0), SIMD3(1, 0, 0), SIMD3(0, 0, 1))
    case .minusX: RotationMatrix(SIMD3(0, 1, 0), SIMD3(-1, 0, 0), SIMD3(0, 0, 1))
    case .y: .identity
    // Half a turn about X: a camera's world (x right, y down, z forward) comes out facing +Z.
    case .minusY: RotationMatrix(SIMD3(1, 0, 0), SIMD3(0, -1, 0), SIMD3(0, 0, -1))
    case .z: RotationMatrix(SIMD3(1, 0, 0), SIMD3(0, 0, 1), SIMD3(0, -1, 0))
    case .minusZ: RotationMatrix(SIMD3(1, 0, 0), SIMD3(0, 0, -1), SIMD3(0, 1, 0))
    }
  }

  /// The axis as a unit vector of the file's world.
  public var direction: SIMD3<Double> { turn.row1 }

  /// "Z up", "-Y up".
  public var label: String { rawValue.uppercased() + " up" }
}

/// What the user asks for: `auto`, or one of the six axes.
public enum UpChoice: Sendable, Equatable {
  case auto
  case axis(UpAxis)

  /// `text`: auto, x, y, z, -x, -y, -z (any case; "+y" is "y").
  public init?(_ text: String) {
    var name = text.lowercased()
    if name == "auto" {
      self = .auto
      return
    }
    if name.hasPrefix("+") { name.removeFirst() }
    guard let axis = UpAxis(rawValue: name) else { return nil }
    self = .axis(axis)
  }
}

/// How a motion is turned about the vertical after its up axis became +Y.
public enum Facing: Sendable, Equatable {
  /// Not at all.
  case keep
  /// The first frame shown looks along +Z, at the default camera.
  case firstFrame
  /// The mean direction over the frames shown looks along +Z.
  case average
  /// By this many degrees, counter-clockwise seen from above.
  case degrees(Double)

  /// Degrees that are taken from texts: a hundred turns.
  public static let largestAngle = 36_000.0

  /// `text`: keep, first (or camera), average, or a number of degrees.
  public init?(_ text: String) {
    switch text.lowercased() {
    case "keep": self = .keep
    case "first", "camera": self = .firstFrame
    case "average": self = .average
    default:
      guard let angle = Double(text), abs(angle) <= Self.largestAngle else { return nil }
      self = .degrees(angle)
    }
  }
}

/// The result of looking at a motion.
public struct UpEstimate: Sendable, Equatable {
  public var axis: UpAxis
  /// Whether the motion itself supports the axis; if not, the layout's habit decided.
  public var isCertain: Bool
  /// What should be said of it; nil where there is nothing to say.
  public var notice: String?

  public init(axis: UpAxis, isCertain: Bool, notice: String? = nil) {
    self.axis = axis
    self.isCertain = isCertain
    self.notice = notice
  }
}

public enum Orientation {
  /// Frames looked at, evenly spaced over the range.
  static let sampleCount = 256

  /// The angle (radians) by which a Y-up motion must be turned about +Y so that it looks along
  /// +Z, over `frames`; `up` brings the file's axis to +Y first. Zero if it looks nowhere (a
  /// body seen from above its head, or one that turns all the time).
  static func facingTurn(
    of motion: any Motion, frames: ClosedRange<Int>, up: RotationMatrix
  ) throws -> Double {
    let forward = try meanOver(motion, frames) { frame in
      let root = up * RotationMatrix(axisAngle: rotation(frame, 0))
      let (left, ahead) = (root * SIMD3(1, 0, 0), root * SIMD3(0, 0, 1))
      // The chest's direction and left x up agree for an upright body; when it bends forward the
      // first turns vertical, when it lies on its side the second vanishes.
      return SIMD3(ahead.x - left.z, 0, ahead.z + left.x)
    }
    guard forward.dot(forward) > 1e-4 else { return 0 }
    return -atan2(forward.x, forward.z)
  }

  static func rotation(_ frame: UnsafePointer<Float>, _ joint: Int) -> SIMD3<Double> {
    let p = frame + 3 * joint
    return SIMD3(Double(p[0]), Double(p[1]), Double(p[2]))
  }

  static func meanOver(
    _ motion: any Motion, _ frames: ClosedRange<Int>,
    _ value: (UnsafePointer<Float>) -> SIMD3<Double>
  ) throws -> SIMD3<Double> {
    let count = min(frames.count, sampleCount)
    var sum = SIMD3<Double>.zero
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: motion.frameWidth) { scratch in
      guard let frame = scratch.baseAddress else { return }
      for i in 0..<count {
        let index = count == 1 ? 0 : i * (frames.count - 1) / (count - 1)
        try motion.read(frame: frames.lowerBound + index, into: frame)
        sum += value(frame)
      }
    }
    return sum / Double(count)
  }
}
