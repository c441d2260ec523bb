import ArgumentParser
import Avatar
import Foundation

/// Where the camera stands.
struct CameraOptions: ParsableArguments {
  @Option(help: "Degrees round the person: 0 looks at the face, 90 at the person's left side.")
  var yaw: Float?

  @Option(help: "Degrees above the horizon.")
  var pitch: Float = 5

  @Option(help: "Metres from the camera to the person (default: what shows everything).")
  var distance: Float?

  @Option(help: "Vertical field of view in degrees.")
  var fov: Float = 25

  @Option(help: "Free border around the person, in percent of the picture's half size.")
  var margin: Float = 6

  mutating func validate() throws {
    if !(1...120).contains(fov) { throw ValidationError("--fov must be 1 to 120 degrees") }
    if !(-89...89).contains(pitch) { throw ValidationError("--pitch must be -89 to 89 degrees") }
    if !(0...90).contains(margin) { throw ValidationError("--margin must be 0 to 90 percent") }
    if let distance, !(distance > 0.1 && distance < 1000) {
      throw ValidationError("--distance must be 0.1 to 1000 metres")
    }
    if let yaw, !yaw.isFinite { throw ValidationError("--yaw must be a number") }
  }

  func settings(mode: CameraMode) -> CameraSettings {
    CameraSettings(
      mode: mode, yaw: (yaw ?? 0) * .pi / 180, pitch: pitch * .pi / 180, distance: distance,
      fieldOfView: fov * .pi / 180, margin: margin / 100)
  }
}

extension CameraMode: ExpressibleByArgument {}
