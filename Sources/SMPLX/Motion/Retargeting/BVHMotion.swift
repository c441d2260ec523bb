/// A BVH file as a motion of SMPL-X.
import Compute

/// Frames are posed and retargeted when they are asked for; what is kept are the file's channels.
public final class BVHMotion: Motion {
  public let file: BVHFile
  public let summary: MotionSummary
  public let frameRate: Double
  public var frameCount: Int { file.frameCount }
  public var expressionCount: Int { 0 }
  public var followsBody: Bool { true }
  private let retargeter: Retargeter
  private let gaze: Gaze?
  /// Metres in a unit, where somebody knows.
  private let givenScale: Double?

  /// Frames that are looked at to find axes, evenly spaced.
  private static let sampleCount = 256

  /// - Parameters:
  ///   - map: which joint is which; nil finds them by their names.
  ///   - rest: the body's joints at rest.
  ///   - hands: the relaxed hand that files without fingers get; nil leaves it flat.
  init(
    _ file: BVHFile, map: SkeletonMap? = nil, rest: RestSkeleton = .standard,
    hands: MotionHandModel? = nil, options: MotionOptions = MotionOptions()
  ) throws {
    self.file = file
    gaze = options.gaze
    var map = try map ?? SkeletonMap(file.skeleton)
    if options.hands == .flat { map.leaveFingersOut() }
    var notices: [String] = []
    let samples = try Self.samples(file)
    let skeleton = Self.measured(file.skeleton, samples, map)
    givenScale = options.scale
    let scale = try givenScale ?? Self.metresPerUnit(skeleton, map, rest)
    // A millimetre in twenty.
    let table = BoneTable(skeleton, map, length: 0.00005 / scale)
    let calibration = Calibration(table, rest: rest, samples: samples)
    let relaxed = Self.relaxed(hands, map, adds: options.hands != .flat)
    retargeter = Retargeter(
      table: table, calibration: calibration, rest: rest, metresPerUnit: scale, relaxed: relaxed)
    frameRate = try Self.rate(file, options, &notices)
    notices += Self.notices(file, table, calibration, scale)
    var summary = MotionSummary(
      layout: MotionLayout(label: "BVH (\(map.convention) names)"), frameCount: file.frameCount,
      frameRate: frameRate,
      frameRateKey: options.frameRate == nil && file.frameRate != nil ? "Frame Time" : nil,
      hands: map.hasFingers ? .rotations : options.hands == .flat ? .flat : .relaxed)
    summary.upAxis = calibration.up
    summary.notices = notices
    self.summary = summary
  }

  private init(_ other: BVHMotion, retargeter: Retargeter) {
    file = other.file
    summary = other.summary
    frameRate = other.frameRate
    gaze = other.gaze
    givenScale = other.givenScale
    self.retargeter = retargeter
  }

  public func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws {
    let width = file.skeleton.channelCount
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
      guard let row = scratch.baseAddress else { return }
      try file.read(frame: index, into: row)
      retargeter.pose(row, into: frame)
    }
    guard let gaze else { return }
    for axis in 0..<3 {
      frame[3 * 23 + axis] = gaze.leftEye[axis]
      frame[3 * 24 + axis] = gaze.rightEye[axis]
    }
  }

  /// The same motion for the joints of another body at rest (55), in metres.
  public func fitted(to restJoints: [SIMD3<Float>]) throws -> any Motion {
    guard restJoints.count == 55 else { return self }
    let rest = RestSkeleton(joints: restJoints.map { SIMD3<Double>($0) })
    guard rest != retargeter.rest else { return self }
    let table = retargeter.table
    let scale = try givenScale ?? Self.metresPerUnit(table.skeleton, table.map, rest)
    let samples = try Self.samples(file)
    return BVHMotion(
      self,
      retargeter: Retargeter(
        table: table, calibration: Calibration(table, rest: rest, samples: samples), rest: rest,
        metresPerUnit: scale, relaxed: retargeter.relaxed))
  }

  private static func samples(_ file: BVHFile) throws -> [BVHPose] {
    let count = min(file.frameCount, sampleCount)
    let kinematics = BVHKinematics(file.skeleton)
    var row = [Float](repeating: 0, count: kinematics.channelCount)
    return try (0..<count).map { index in
      let frame = count == 1 ? 0 : index * (file.frameCount - 1) / (count - 1)
      try file.read(frame: frame, into: &row)
      return kinematics.pose(row)
    }
  }

  /// The skeleton with the offsets that its first frame gives in channels, where the hierarchy says
  /// nothing of them.
  private static func measured(
    _ skeleton: BVHSkeleton, _ samples: [BVHPose], _ map: SkeletonMap
  ) -> BVHSkeleton {
    guard let pose = samples.first else { return skeleton }
    var result = skeleton
    for (index, joint) in skeleton.joints.enumerated()
    where joint.parent >= 0 && joint.offset == .zero
      && joint.channels.contains(where: { !$0.isRotation })
    {
      let way = pose.positions[index] - pose.positions[joint.parent]
      result.joints[index].offset = pose.rotations[joint.parent].transposed * way
    }
    return result
  }

  /// By the length of the legs.
  private static func metresPerUnit(
    _ skeleton: BVHSkeleton, _ map: SkeletonMap, _ rest: RestSkeleton
  ) throws -> Double {
    var length = 0.0
    for (upper, lower) in [(1, 4), (4, 7), (2, 5), (5, 8)] {
      guard let start = map.joints[upper], let end = map.joints[lower] else { continue }
      let path = skeleton.pathToRoot(end).prefix { $0 != start }
      let bone = path.reduce(0) { $0 + skeleton.joints[$1].offset.length }
      guard bone > 1e-9 else {
        let joint = skeleton.joints[end]
        throw ProgramError(
          .dataError, "a bone that is needed has no length", key: "line \(joint.line)",
          expected: "an offset from \(skeleton.joints[start].name) to \(joint.name)",
          found: "0 0 0")
      }
      length += bone / 2
    }
    return rest.legLength / length
  }

  private static func relaxed(
    _ hands: MotionHandModel?, _ map: SkeletonMap, adds: Bool
  ) -> [RotationMatrix] {
    var result = [RotationMatrix](repeating: .identity, count: 55)
    guard let hands, adds else { return result }
    for (first, mean) in [(25, hands.left.mean), (40, hands.right.mean)] {
      for joint in 0..<15 where mean.count == 45 {
        let vector = SIMD3(mean[3 * joint], mean[3 * joint + 1], mean[3 * joint + 2])
        result[first + joint] = RotationMatrix(axisAngle: SIMD3<Double>(vector))
      }
    }
    return result
  }

  private static func rate(
    _ file: BVHFile, _ options: MotionOptions, _ notices: inout [String]
  ) throws -> Double {
    if let rate = options.frameRate {
      try MotionLimits.check(rate: rate) {
        ProgramError(.usage, $0, expected: $1, found: "\(rate)")
      }
      return rate
    }
    if let rate = file.frameRate { return rate }
    notices.append(
      "the frame time (\(file.frameTime)) makes no sense: "
        + "\(decimal(options.defaultFrameRate, digits: 3)) fps assumed")
    return options.defaultFrameRate
  }

  private static func notices(
    _ file: BVHFile, _ table: BoneTable, _ calibration: Calibration, _ scale: Double
  ) -> [String] {
    var notices: [String] = []
    let missing = table.map.missing
    if !missing.isEmpty {
      notices.append(
        "joints that the file does not have stay at rest: " + missing.joined(separator: ", "))
    }
    if !calibration.zeroPoseIsBody {
      notices.append(
        "the zero pose is no body: which way bones are turned about themselves is found in the motion"
      )
    }
    if !calibration.upIsCertain {
      notices.append("the up axis is uncertain (the body lies down or turns over); `up` sets it")
    }
    if let gap = file.gap { notices.append(gap) }
    if file.frameCount != file.declaredFrameCount {
      notices.append(
        "the file declares \(file.declaredFrameCount) frames and has \(file.frameCount): all are played"
      )
    }
    return notices
  }

  /// What was found, in words: "Mixamo names, 65 joints, 1 unit = 0.01 m".
  public var findings: String {
    let table = retargeter.table
    let scale = retargeter.metresPerUnit
    return "\(table.map.convention) names, \(table.skeleton.joints.count) joints, 1 unit = "
      + "\(Self.short(scale)) m by leg length"
  }

  /// Three digits that count.
  private static func short(_ value: Double) -> String {
    var digits = 2
    var size = abs(value)
    while size > 0, size < 1, digits < 12 {
      size *= 10
      digits += 1
    }
    return decimal(value, digits: digits)
  }
}
