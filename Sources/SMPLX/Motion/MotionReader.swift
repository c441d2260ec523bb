/// Puts a motion together out of a file's arrays: what all layouts have in common.
///
/// Each layout (`Motion+AMASS`, `Motion+Parameters`, `Motion+DINAR`) adds its keys; the reader
/// keeps the number of frames that the first key set, finds the rate, the gender and the betas,
/// and collects what the user should be told.
import Compute

struct MotionReader {
  let arrays: MotionArrays
  let options: MotionOptions
  /// The body model's hands; nil leaves hands that are given in components flat.
  let hands: MotionHandModel?

  private(set) var frames: [Int]?
  private(set) var framesKey = ""
  private var parts: [MotionClip.Part] = []
  private(set) var expressionCount = 0
  var notices: [String] = []
  /// Bytes of frames that the file may still give.
  private var room: Int

  init(arrays: MotionArrays, options: MotionOptions, hands: MotionHandModel?) {
    self.arrays = arrays
    self.options = options
    self.hands = hands
    room = MotionLimits.room(fileSize: arrays.fileSize)
  }

  /// Reads `key`; the first one read sets the number of frames. Stored rows are `width` floats
  /// and go to `pieces` of a frame. `isRotation`: the file's numbers are angles or matrices.
  mutating func add(
    _ key: String, width: Int, pieces: [MotionClip.Piece], expected: String,
    accepts: @escaping (Int) -> Bool, isRotation: Bool = true,
    convert: MotionTable.Conversion? = nil
  ) throws {
    let table = MotionTable(
      arrays: arrays, key: key, width: width, pieces: pieces, accepts: accepts,
      expected: expected, convert: convert)
    let (store, counts, largest) = try table.read(
      frames: frames, framesKey: framesKey, room: room)
    room -= store.byteCount
    try judge(
      key, isRotation: isRotation, isTranslation: pieces.first?.offset == MotionFrame.translation,
      largest: largest)
    if frames == nil {
      guard store.count > 0 else {
        throw arrays.error(
          "the motion has no frames", key: key, expected: "at least one frame", found: "none")
      }
      frames = counts
      framesKey = key
    }
    parts.append(MotionClip.Part(store: store, pieces: pieces))
  }

  /// Tells of numbers that look like another unit: poses beyond three whole turns, bodies a
  /// kilometre away. Throws for numbers that nobody could see.
  private mutating func judge(
    _ key: String, isRotation: Bool, isTranslation: Bool, largest: Float
  ) throws {
    let text = decimal(Double(largest), digits: 1)
    let (limit, unit) =
      isRotation
      ? (MotionLimits.largestAngle, "radians")
      : isTranslation
        ? (MotionLimits.farthest, "metres from the origin")
        : (MotionLimits.largestCoefficient, "as a coefficient")
    guard largest <= limit else {
      throw arrays.error(
        "the motion holds a number that nobody can move by", key: key,
        expected: "at most \(decimal(Double(limit), digits: 0)) \(unit)", found: "\(largest)")
    }
    if isRotation, largest > 6 * .pi {
      notices.append("`\(key)` goes up to \(text) radians; are these degrees?")
    } else if isTranslation, largest > 1000 {
      notices.append("`\(key)` goes up to \(text) metres; are these millimetres?")
    }
  }

  /// Reads `key` as `count` joints from `offset` of a frame: rotation vectors, or matrices.
  mutating func addJoints(_ key: String, count: Int, at offset: Int) throws {
    try add(
      key, width: 3 * count, pieces: [.init(column: 0, offset: offset, count: 3 * count)],
      expected: "\(3 * count) numbers (\(count) joint\(count == 1 ? "" : "s"))",
      accepts: { $0 == 3 * count || $0 == 9 * count },
      convert: { row, width, output in
        Self.copyRotations(row, matrices: width == 9 * count, count: count, to: output)
      })
  }

  /// The translation under the first of `names` that exists; the origin if none does.
  mutating func addTranslation(_ names: [String]) throws {
    guard let key = names.first(where: arrays.contains) else {
      // A single pose, a fit, goes nowhere and has no rate.
      if frameTotal != 1 {
        notices.append("no translation in the file: the body stays in place")
      }
      return
    }
    try add(
      key, width: 3, pieces: [.init(column: 0, offset: MotionFrame.translation, count: 3)],
      expected: "3 numbers (metres)", accepts: { $0 == 3 }, isRotation: false)
  }

  /// The expression coefficients, if the options ask for them.
  mutating func addExpression(_ key: String) throws {
    guard arrays.contains(key), let shape = try arrays.shape(key, entry: 0), let count = shape.last
    else { return }
    guard options.takesExpression else {
      notices.append(
        "expression coefficients ignored: they belong to the model they were fitted with")
      return
    }
    guard (1...1000).contains(count) else {
      throw arrays.error(
        "an unexpected number of expression coefficients", key: key, expected: "1 to 1000",
        found: "\(count)")
    }
    expressionCount = count
    try add(
      key, width: count,
      pieces: [.init(column: 0, offset: MotionFrame.expression, count: count)],
      expected: "\(count) expression coefficients", accepts: { $0 == count }, isRotation: false)
  }

  /// `count` joints of a row, copied or converted from rotation matrices.
  static func copyRotations(
    _ row: UnsafePointer<Float>, matrices: Bool, count: Int, to output: UnsafeMutablePointer<Float>
  ) {
    guard matrices else {
      output.update(from: row, count: 3 * count)
      return
    }
    for joint in 0..<count {
      let m = row + 9 * joint
      func line(_ i: Int) -> SIMD3<Double> {
        SIMD3(Double(m[3 * i]), Double(m[3 * i + 1]), Double(m[3 * i + 2]))
      }
      let r = RotationMatrix(line(0), line(1), line(2)).axisAngle
      for axis in 0..<3 { output[3 * joint + axis] = Float(r[axis]) }
    }
  }

  /// The finished clip. `rateKeys`: where this layout keeps its rate.
  mutating func finish(
    _ layout: MotionLayout, hands: MotionHands, rate: (value: Double, key: String?)
  ) throws -> MotionClip {
    guard frames != nil else {
      throw arrays.error("the motion has no frames", found: "none")
    }
    if let gaze = options.gaze { notices.append("eyes: \(gaze.name)") }
    var betas: [Float]?
    if let key = ["betas", "shape", "beta"].first(where: arrays.contains) {
      // Betas that cannot be read (Python objects) are no reason to refuse a motion.
      let shape = (try? arrays.shape(key, entry: 0)) ?? []
      betas = shape.isEmpty ? nil : try arrays.numbers(key, limit: min(shape.last ?? 0, 1000))
    }
    var gender = try arrays.text("gender")?.lowercased().shortened(to: 40)
    if gender == "" || gender == "unknown" { gender = nil }
    let up = try arrays.text("up_axis")
    let upAxis = up.flatMap { UpAxis(rawValue: $0.lowercased()) }
    if let up, upAxis == nil {
      notices.append("`up_axis` says \(up.shortened(to: 40)), which is not an axis")
    }
    let summary = MotionSummary(
      layout: layout, frameCount: frameTotal, frameRate: rate.value,
      frameRateKey: rate.key, hands: hands, gender: gender, betas: betas, upAxis: upAxis,
      notices: notices)
    return MotionClip(
      summary: summary, parts: parts, expressionCount: expressionCount,
      gaze: options.gaze)
  }

  /// Names under which files keep their frames a second.
  static let rateKeys = [
    "mocap_framerate", "mocap_frame_rate", "framerate", "frame_rate", "mocap_fps", "fps",
  ]

  /// Frames of all entries. Each has its bytes in a store, so that the sum is far from overflowing.
  private var frameTotal: Int { frames?.reduce(0, +) ?? 0 }

  /// The rate: the caller's, the file's, the number of frames by the recording's length, or the
  /// default with a notice. Within `MotionLimits.rates`.
  mutating func frameRate() throws -> (value: Double, key: String?) {
    if let rate = options.frameRate {
      try MotionLimits.check(rate: rate) { what, expected in
        ProgramError(.usage, what, key: "rate", expected: expected, found: "\(rate)")
      }
      return (rate, nil)
    }
    let hint = "the rate can be given by hand"
    let total = Double(frameTotal)
    let length = try arrays.number("mocap_time_length")
    for key in Self.rateKeys where arrays.contains(key) {
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
    let rate = options.defaultFrameRate
    if frameTotal != 1 {
      notices.append("no frame rate in the file: \(decimal(rate, digits: 3)) fps assumed")
    }
    return (rate, nil)
  }
}
