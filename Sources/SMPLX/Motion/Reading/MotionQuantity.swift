import Compute

/// What the numbers of a key measure, and how far they may go.
enum MotionQuantity: Sendable, Equatable {
  /// Rotation vectors in radians.
  case angle
  /// Rotations in other numbers, which need no unit: matrices, 6D, quaternions.
  case rotation
  /// Positions.
  case metres
  /// Coefficients of hands and expressions.
  case coefficient

  /// Beyond it nobody could see what a number means.
  var limit: Float {
    switch self {
    case .angle: MotionLimits.largestAngle
    case .metres: MotionLimits.farthest
    case .rotation, .coefficient: MotionLimits.largestCoefficient
    }
  }

  var unit: String {
    switch self {
    case .angle: "radians"
    case .rotation: "in a rotation"
    case .metres: "metres from the origin"
    case .coefficient: "as a coefficient"
    }
  }
}
