import ArgumentParser
import Avatar
import Foundation

/// Where the camera stands and what it frames.
struct CameraOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Side of the person that is seen, the person's left being left; instead of --yaw.")
  var view: View?

  @Option(parsing: .unconditional, help: "Part of the body that fills the picture (default: full).")
  var focus: CameraFocus?

  @Option(
    parsing: .unconditional,
    help:
      "Round the person, \(Limits.yaw): 0 looks at the face, 90 at the person's left side (default 0).",
    transform: Limits.yaw.parse)
  var yaw: Float?

  @Option(
    parsing: .unconditional,
    help: "Height of the camera, \(Limits.pitch) above the horizon (default 5).",
    transform: Limits.pitch.parse)
  var pitch: Float?

  @Option(
    parsing: .unconditional,
    help:
      "From the camera to the middle, \(Limits.distance) (default: the least that shows everything).",
    transform: Limits.distance.parse)
  var distance: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Point in the picture's middle, each \(Limits.coordinate): Y up, the rest pose's pelvis near 0,-0.3,0.",
      valueName: "x,y,z", visibility: .hidden),
    transform: OptionText.point)
  var target: SIMD3<Float>?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Vertical field of view, \(Limits.fieldOfView) (default 25).", visibility: .hidden),
    transform: Limits.fieldOfView.parse)
  var fov: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Free border, \(Limits.margin) of the picture's half size (default 6).", visibility: .hidden),
    transform: Limits.margin.parse)
  var margin: Float?

  /// Directions from which a person is seen.
  enum View: String, ExpressibleByArgument, CaseIterable {
    case front, left, back, right
    case frontLeft = "front-left"
    case backLeft = "back-left"
    case backRight = "back-right"
    case frontRight = "front-right"

    /// Degrees.
    var yaw: Float {
      switch self {
      case .front: 0
      case .frontLeft: 45
      case .left: 90
      case .backLeft: 135
      case .back: 180
      case .backRight: 225
      case .right: 270
      case .frontRight: 315
      }
    }
  }

  mutating func validate() throws {
    if view != nil, yaw != nil {
      throw ValidationError("--view and --yaw say the same thing; give one of them")
    }
    if distance != nil, margin != nil {
      throw ValidationError("--margin is for a distance that is found; --distance gives it")
    }
  }

  /// Radians.
  var angle: Float { (view?.yaw ?? yaw ?? 0) * .pi / 180 }

  /// Options that were given, by name.
  var given: [String] {
    [
      ("--view", view != nil), ("--focus", focus != nil), ("--yaw", yaw != nil),
      ("--pitch", pitch != nil), ("--distance", distance != nil), ("--target", target != nil),
      ("--fov", fov != nil), ("--margin", margin != nil),
    ].filter(\.1).map(\.0)
  }

  func settings(mode: CameraMode) -> CameraSettings {
    CameraSettings(
      mode: mode, yaw: angle, pitch: (pitch ?? 5) * .pi / 180, distance: distance,
      fieldOfView: (fov ?? 25) * .pi / 180, margin: (margin ?? 6) / 100, focus: focus ?? .full,
      target: target)
  }
}

extension CameraMode: ExpressibleByArgument {}
extension CameraFocus: ExpressibleByArgument {}
