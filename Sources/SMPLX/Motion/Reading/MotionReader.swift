/// Puts a motion together out of a file's arrays: what all layouts have in common.
///
/// `MotionReader+Parameters` adds the keys of a layout, `+Rotations` and `+Hands` those of joints; the reader
/// keeps the number of frames and the parts that were read. `+Findings` judges them and finds what lies
/// beside them, `+Rate` the rate.
import Compute

struct MotionReader {
  let arrays: MotionArrays
  let options: MotionOptions
  /// The body model's hands; nil leaves hands that are given in components flat.
  let hands: MotionHandModel?

  private(set) var frames: [Int]?
  private(set) var framesKey = ""
  private(set) var parts: [MotionClip.Part] = []
  /// A rotation of the whole body before its root's own.
  var outerRoot: FrameStore?
  private(set) var expressionCount = 0
  var notices: [String] = []
  /// Keys that something was taken from.
  private(set) var used: Set<String> = []
  /// Keys with numbers that are none, by their first frames.
  private(set) var gaps: [MotionTable.Gap] = []
  /// Bytes of frames that the file may still give.
  private var room: Int

  init(arrays: MotionArrays, options: MotionOptions, hands: MotionHandModel?) {
    self.arrays = arrays
    self.options = options
    self.hands = hands
    room = MotionLimits.room(fileSize: arrays.fileSize)
    notices = arrays.notices
  }

  /// Frames of all entries. Each has its bytes in a store, so that the sum is far from overflowing.
  var frameTotal: Int { frames?.reduce(0, +) ?? 0 }

  /// Sets the number of frames by the first key that has more than one in an entry, else by the first.
  mutating func settleFrames(_ keys: [(key: String, accepts: (Int) -> Bool, expected: String)])
    throws
  {
    for isLongest in [true, false] {
      for (key, accepts, expected) in keys {
        let table = MotionTable(
          arrays: arrays, key: key, width: 1, pieces: [], accepts: accepts, expected: expected)
        let counts = try table.frameCounts()
        if isLongest, !counts.contains(where: { $0 > 1 }) { continue }
        (frames, framesKey) = (counts, key)
        guard counts.contains(where: { $0 > 0 }) else { throw noFrames(key) }
        return
      }
    }
    throw noFrames(nil)
  }

  private func noFrames(_ key: String?) -> ProgramError {
    arrays.error(
      "the motion has no frames", key: key, expected: "at least one frame", found: "none")
  }

  /// Reads `key`. Stored rows are `width` floats and go to `pieces` of a frame.
  mutating func add(
    _ key: String, width: Int, pieces: [MotionClip.Piece], expected: String,
    accepts: @escaping (Int) -> Bool, quantity: MotionQuantity = .angle,
    convert: MotionTable.Conversion? = nil
  ) throws {
    let store = try read(
      key, width: width, pieces: pieces, expected: expected, accepts: accepts,
      quantity: quantity, convert: convert)
    parts.append(MotionClip.Part(store: store, pieces: pieces))
  }

  /// The rows of `key` alone, judged.
  mutating func read(
    _ key: String, width: Int, pieces: [MotionClip.Piece], expected: String,
    accepts: @escaping (Int) -> Bool, quantity: MotionQuantity, convert: MotionTable.Conversion?
  ) throws -> FrameStore {
    if frames == nil { try settleFrames([(key, accepts, expected)]) }
    let table = MotionTable(
      arrays: arrays, key: key, width: width, pieces: pieces, accepts: accepts,
      expected: expected, convert: convert)
    let rows = try table.read(frames: frames ?? [], framesKey: framesKey, room: room)
    room -= rows.store.byteCount
    used.insert(key)
    if let gap = rows.gap { gaps.append(gap) }
    try judge(key, quantity, largest: rows.largest)
    return rows.store
  }

  /// The translation under `key`, times `factor`; the origin if there is none.
  mutating func addTranslation(_ key: String?, factor: Double) throws {
    guard let key else {
      // A single pose, a fit, goes nowhere and has no rate.
      if frameTotal != 1 {
        notices.append("no translation in the file: the body stays in place")
      }
      return
    }
    let factor = Float(factor)
    try add(
      key, width: 3, pieces: [.init(column: 0, offset: MotionFrame.translation, count: 3)],
      expected: "3 numbers (metres)", accepts: { $0 == 3 }, quantity: .metres,
      convert: factor == 1
        ? nil : { row, _, output in for axis in 0..<3 { output[axis] = factor * row[axis] } })
    translationKey = key
  }
  private(set) var translationKey: String?
  /// Hands that are added to the file's in every frame.
  private var handMeans: MotionHandModel?

  /// Adds the mean hands to those that were read.
  mutating func addHandMeans(_ hands: MotionHandModel) { handMeans = hands }

  /// Nothing more is to be said of a key.
  mutating func markUsed(_ key: String) { used.insert(key) }

  /// The expression coefficients, if the options ask for them.
  mutating func addExpression(_ key: String) throws {
    guard let shape = try arrays.shape(key, entry: 0), let count = shape.last else { return }
    used.insert(key)
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
      expected: "\(count) expression coefficients", accepts: { $0 == count },
      quantity: .coefficient)
  }

  /// The finished clip.
  mutating func finish(
    _ layout: MotionLayout, hands: MotionHands, rate: (value: Double, key: String?),
    keys: ParameterKeys = ParameterKeys()
  ) throws -> MotionClip {
    guard frames != nil, frameTotal > 0 else { throw noFrames(nil) }
    try checkGaps(rate: rate.value)
    try judgeTravel(rate: rate.value)
    if let gaze = options.gaze { notices.append("eyes: \(gaze.name)") }
    let betas = try shape(keys)
    let up = try arrays.text("up_axis")
    let upAxis = up.flatMap { UpAxis(rawValue: $0.lowercased()) }
    if let up, upAxis == nil {
      notices.append("`up_axis` says \(up.shortened(to: 40)), which is not an axis")
    }
    let summary = MotionSummary(
      layout: layout, frameCount: frameTotal, frameRate: rate.value,
      frameRateKey: rate.key, hands: hands, gender: try gender(), betas: betas, upAxis: upAxis,
      notices: notices)
    return MotionClip(
      summary: summary, parts: parts, outerRoot: outerRoot, handMeans: handMeans,
      expressionCount: expressionCount,
      gaze: options.gaze)
  }

}
