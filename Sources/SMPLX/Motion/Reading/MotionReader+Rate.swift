import Compute

extension MotionReader {
  /// Names under which files keep their frames a second.
  static let rateKeys = [
    "mocap_framerate", "mocap_frame_rate", "framerate", "frame_rate", "mocap_fps", "fps",
    "frameRate",
  ]

  /// The rate: the caller's, the file's, the number of frames by the recording's length, the layout's, or
  /// the default with a notice. Within `MotionLimits.rates`.
  mutating func frameRate(ofLayout usual: Double? = nil) throws -> (value: Double, key: String?) {
    if let rate = options.frameRate {
      try MotionLimits.check(rate: rate) { what, expected in
        ProgramError(.usage, what, key: "rate", expected: expected, found: "\(rate)")
      }
      return (rate, nil)
    }
    let hint = "the rate can be given by hand"
    let total = Double(frameTotal)
    let length = try arrays.number("mocap_time_length")
    for key in Self.rateKeys where arrays.mentions(key) {
      guard let rate = try arrays.number(key) else {
        throw arrays.error(
          "the frame rate is not a single number", key: key, expected: "frames a second",
          hint: hint)
      }
      try MotionLimits.check(rate: rate) { what, expected in
        arrays.error(what, key: key, expected: expected, found: "\(rate)", hint: hint)
      }
      if let length, length > 0, abs(total / rate - length) > max(0.05 * length, 2 / rate) {
        notices.append(
          "`mocap_time_length` says \(decimal(length, digits: 2)) s, but \(frameTotal) frames at "
            + "\(decimal(rate, digits: 3)) fps are \(decimal(total / rate, digits: 2)) s")
      }
      return (rate, key)
    }
    if let length, length.isFinite, length > 0 {
      let key = "mocap_time_length"
      try MotionLimits.check(rate: total / length) { what, expected in
        arrays.error(
          what, key: key, expected: expected,
          found: "\(frameTotal) frames in \(length) seconds", hint: hint)
      }
      return (total / length, key)
    }
    if let usual { return (usual, nil) }
    let rate = options.defaultFrameRate
    if frameTotal != 1 {
      notices.append("no frame rate in the file: \(decimal(rate, digits: 3)) fps assumed")
    }
    return (rate, nil)
  }
}
