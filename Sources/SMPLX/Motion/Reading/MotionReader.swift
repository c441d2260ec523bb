/// Puts a motion together out of a file's arrays: what all layouts have in common.
///
/// `MotionReader+Parameters` adds the keys of a layout; the reader keeps the number of frames, finds the
/// rate, the gender and the betas, and collects what the user should be told.
import Compute

struct MotionReader {
  let arrays: MotionArrays
  let options: MotionOptions
  /// The body model's hands; nil leaves hands that are given in components flat.
  let hands: MotionHandModel?

  private(set) var frames: [Int]?
  private(set) var framesKey = ""
  private var parts: [MotionClip.Part] = []
  private var outerRoot: FrameStore?
  private(set) var expressionCount = 0
  var notices: [String] = []
  /// Keys that something was taken from.
  private(set) var used: Set<String> = []
  /// Keys with numbers that are none, by their first frames.
  private var gaps: [MotionTable.Gap] = []
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

  /// Reads `key`. Stored rows are `width` floats and go to `pieces` of a frame. `isRotation`: the file's
  /// numbers are angles or matrices.
  mutating func add(
    _ key: String, width: Int, pieces: [MotionClip.Piece], expected: String,
    accepts: @escaping (Int) -> Bool, isRotation: Bool = true,
    convert: MotionTable.Conversion? = nil
  ) throws {
    let store = try read(
      key, width: width, pieces: pieces, expected: expected, accepts: accepts,
      isRotation: isRotation, convert: convert)
    parts.append(MotionClip.Part(store: store, pieces: pieces))
  }

  private mutating func read(
    _ key: String, width: Int, pieces: [MotionClip.Piece], expected: String,
    accepts: @escaping (Int) -> Bool, isRotation: Bool, convert: MotionTable.Conversion?
  ) throws -> FrameStore {
    if frames == nil { try settleFrames([(key, accepts, expected)]) }
    let table = MotionTable(
      arrays: arrays, key: key, width: width, pieces: pieces, accepts: accepts,
      expected: expected, convert: convert)
    let rows = try table.read(frames: frames ?? [], framesKey: framesKey, room: room)
    room -= rows.store.byteCount
    used.insert(key)
    if let gap = rows.gap { gaps.append(gap) }
    try judge(
      key, isRotation: isRotation, isTranslation: pieces.first?.offset == MotionFrame.translation,
      largest: rows.largest)
    return rows.store
  }

  /// Tells of numbers that look like another unit: poses beyond three whole turns. Throws for numbers that
  /// nobody could see.
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
    }
  }

  /// Reads `key` as joints of which `taken` go to `offset` of a frame; `counts`: how many it may have.
  mutating func addJoints(
    _ key: String, _ counts: [Int], taken: Int, at offset: Int
  ) throws {
    try addJoints(
      key, counts, pieces: [.init(column: 0, offset: offset, count: 3 * taken)],
      expected: "\(3 * taken) numbers (\(taken) joint\(taken == 1 ? "" : "s"))")
  }

  mutating func addJoints(
    _ key: String, _ counts: [Int], pieces: [MotionClip.Piece], expected: String
  ) throws {
    let kinds = try rotationKinds(key, counts)
    let width = pieces.reduce(0) { max($0, $1.column + $1.count) }
    try add(
      key, width: width, pieces: pieces, expected: expected,
      accepts: { ParameterRows(width: $0, counts) != nil },
      convert: { row, fileWidth, output in
        (kinds[fileWidth] ?? .axisAngle).convert(row, count: width / 3, to: output)
      })
  }

  /// How the rotations of `key` are written, by the width of a row.
  func rotationKinds(_ key: String, _ counts: [Int]) throws -> [Int: RotationKind] {
    var kinds: [Int: RotationKind] = [:]
    for entry in arrays.entries.indices {
      guard let shape = try arrays.shape(key, entry: entry),
        let (_, width) = ParameterRows.split(shape, counts), kinds[width] == nil,
        let rows = ParameterRows(width: width, counts)
      else { continue }
      let perJoint = width / rows.joints
      guard RotationKind.kinds(width: perJoint).count > 1 else {
        kinds[width] = RotationKind.best(width: perJoint, rows: [])
        continue
      }
      var sample: [Float] = []
      try arrays.stream(key, entry: entry) { chunk in
        if sample.count < 1 << 14 { sample += chunk.prefix((1 << 14) - sample.count) }
      }
      kinds[width] = RotationKind.best(
        width: perJoint, rows: Array(sample.prefix(sample.count / perJoint * perJoint)))
    }
    return kinds
  }

  /// A rotation of the whole body before its root's own.
  mutating func addOuterRoot(_ key: String) throws {
    let kinds = try rotationKinds(key, ParameterRows.root)
    outerRoot = try read(
      key, width: 3, pieces: [.init(column: 0, offset: 0, count: 3)], expected: "3 numbers",
      accepts: { ParameterRows(width: $0, ParameterRows.root) != nil }, isRotation: true,
      convert: { row, width, output in
        (kinds[width] ?? .axisAngle).convert(row, count: 1, to: output)
      })
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
      expected: "3 numbers (metres)", accepts: { $0 == 3 }, isRotation: false,
      convert: factor == 1
        ? nil : { row, _, output in for axis in 0..<3 { output[axis] = factor * row[axis] } })
    translationKey = key
  }
  private var translationKey: String?
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
      expected: "\(count) expression coefficients", accepts: { $0 == count }, isRotation: false)
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

  /// Betas that cannot be read (Python objects) are no reason to refuse a motion.
  private mutating func shape(_ keys: ParameterKeys) throws -> [Float]? {
    guard let key = arrays.first(keys.shape) else { return nil }
    used.insert(key)
    let shape = (try? arrays.shape(key, entry: 0)) ?? []
    return shape.isEmpty ? nil : try arrays.numbers(key, limit: min(shape.last ?? 0, 1000))
  }

  private func gender() throws -> String? {
    let name = try (arrays.text("gender") ?? arrays.text("genders"))?.lowercased().shortened(to: 40)
    switch name {
    case nil, "", "unknown", "none": return nil
    case "m": return "male"
    case "f": return "female"
    case let name: return name
    }
  }

  /// Numbers that are none matter where they are shown.
  private mutating func checkGaps(rate: Double) throws {
    guard let gap = gaps.first else { return }
    let first = Int(saturating: ((options.start ?? 0) * rate + 1e-6).rounded(.down))
    let last = options.end.map { Int(saturating: ($0 * rate - 1e-6).rounded(.up)) } ?? .max
    for gap in gaps where gap.frames.contains(where: { $0.overlaps(first...max(first, last)) }) {
      throw gap.error(arrays, rate: rate, frameCount: frameTotal)
    }
    notices.append("`\(gap.key)` is not a number in \(gap.words), which are not shown")
  }

  /// Tells of translations in centimetres or millimetres: of bodies that fly, or are a kilometre away.
  private mutating func judgeTravel(rate: Double) throws {
    guard let key = translationKey, options.scale == nil,
      let part = parts.first(where: { $0.pieces.first?.offset == MotionFrame.translation })
    else { return }
    var (largest, path) = (Float(0), 0.0)
    var last: SIMD3<Float>?
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: 3) { row in
      guard let base = row.baseAddress else { return }
      for index in 0..<part.store.count {
        try part.store.read(index, into: base)
        let place = SIMD3(base[0], base[1], base[2])
        largest = max(largest, abs(place).max())
        if let last { path += Double((place - last).length) }
        last = place
      }
    }
    let seconds = Double(max(1, part.store.count - 1)) / rate
    let speed = path / seconds
    let text = decimal(Double(largest), digits: 1)
    if largest > 1000 {
      let unit =
        speed > 0 && speed * 0.01 < MotionLimits.fastest && speed * 0.001 < 0.3
        ? "centimetres" : "millimetres"
      notices.append("`\(key)` goes up to \(text) metres; are these \(unit)?")
    } else if part.store.count > 1, speed > MotionLimits.fastest {
      let isCentimetres = speed * 0.01 < MotionLimits.fastest
      notices.append(
        "`\(key)` moves at \(decimal(speed, digits: 1)) metres a second; are these "
          + (isCentimetres
            ? "centimetres? `motion-scale` 0.01" : "millimetres? `motion-scale` 0.001")
          + " makes them metres")
    }
  }
}

extension SIMD3<Float> {
  fileprivate var length: Float { (self * self).sum().squareRoot() }
}

private func abs(_ value: SIMD3<Float>) -> SIMD3<Float> {
  value.replacing(with: -value, where: value .< 0)
}
