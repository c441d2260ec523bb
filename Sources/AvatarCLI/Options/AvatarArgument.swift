import ArgumentParser

/// What every command that renders takes first.
enum AvatarArgument {
  static let help: ArgumentHelp =
    "An avatar file or a bundled name; or a body (neutral, male, female, a file, a folder), shown grey."
}

/// What `--like dinar` leaves no choice about.
enum LikeDinar {
  /// - Parameters:
  ///   - turns: whether the person may be turned before the photo's camera.
  static func check(
    camera: CameraOptions, pose: PoseOptions? = nil, turns: Bool = false
  ) throws {
    let allowed = turns ? ["--view", "--yaw"] : []
    let given =
      camera.given.filter { !allowed.contains($0) } + (pose?.pose == nil ? [] : ["--pose"])
    guard let option = given.first else { return }
    throw ValidationError(
      "\(option) cannot be given with --like dinar, which has the photo's camera and pose")
  }
}
