/// A BVH file: a skeleton and, for every frame, the numbers of its channels.
///
///     let file = try BVHFile(path: "walk.bvh")
///     let pose = try file.pose(frame: 0)
///     pose.positions[3]  // the fourth joint, in the file's own unit and axes
import Compute
import TensorFiles

public final class BVHFile: Sendable {
  public let path: String
  public let skeleton: BVHSkeleton
  /// Seconds between two frames, as the file says it; it may be nonsense.
  public let frameTime: Double
  /// Frames that there are, at least one.
  public let frameCount: Int
  /// Frames that the file announces.
  public let declaredFrameCount: Int
  /// Frames a second; nil if the frame time makes no sense.
  public let frameRate: Double?
  private let store: FrameStore

  /// Said of frames that hold no numbers, where they are not shown.
  let gap: String?

  /// Reads the whole file.
  ///
  /// - Throws: `dataError` whose key is the line.
  public convenience init(path: String) throws { try self.init(path: path, shown: (nil, nil)) }

  /// - Parameter shown: seconds outside of which numbers that are none do not matter.
  convenience init(path: String, shown: (start: Double?, end: Double?)) throws {
    let file = try MappedFile(path: path)
    do {
      self.init(try Self.content(file.bytes, file: file, shown: shown), path: path)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Reads a file's bytes.
  public convenience init(bytes: [UInt8], path: String = "") throws {
    self.init(
      try bytes.withUnsafeBytes { try Self.content($0, file: nil, shown: (nil, nil)) }, path: path)
  }

  private init(_ content: (BVHSkeleton, BVHFrames), path: String) {
    let frames = content.1
    self.path = path
    skeleton = content.0
    store = frames.store
    frameTime = frames.frameTime
    frameCount = frames.store.count
    gap = frames.gap
    declaredFrameCount = frames.declaredCount
    frameRate = Self.rate(frames.frameTime, decimals: frames.frameTimeDecimals)
  }

  private static func content(
    _ bytes: UnsafeRawBufferPointer, file: MappedFile?, shown: (Double?, Double?)
  ) throws -> (BVHSkeleton, BVHFrames) {
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
      || bytes.prefix(64).contains(0)
    {
      throw ProgramError(
        .dataError, "the text is in another encoding", key: "line 1", expected: "UTF-8",
        found: "UTF-16 or binary data", hint: "save it as UTF-8 (iconv does that)")
    }
    if hasOldLineEnds(bytes) {
      let lines = bytes.map { $0 == 0x0d ? UInt8(0x0a) : $0 }
      return try lines.withUnsafeBytes { try content($0, file: nil, shown: shown) }
    }
    let (skeleton, rest) = try BVHHierarchy.read(BVHText(bytes))
    return (skeleton, try BVHFrames.read(rest, skeleton, file: file, shown: shown))
  }

  /// Whether lines end as on a Macintosh before 2001: by a carriage return alone. Such files are small.
  private static func hasOldLineEnds(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.prefix(1 << 16).contains(0x0d) else { return false }
    return !bytes.contains(0x0a)
  }

  /// Writes the channels of one frame (`0..<frameCount`), `skeleton.channelCount` floats.
  public func read(frame index: Int, into row: UnsafeMutablePointer<Float>) throws {
    try store.read(index, into: row)
  }

  /// The rate that the digits of a frame time stand for: 0.0333333 is 30, 0.008342 is 119.88.
  ///
  /// Frame times are printed with few digits. Of the rates that would be printed so, one that cameras
  /// have is taken first, then a whole number, then one of television (a whole number over 1.001).
  static func rate(_ time: Double, decimals: Int?) -> Double? {
    guard time > 0, MotionLimits.rates.contains(1 / time) else { return nil }
    let half = decimals.map { 0.5 * pow10(-$0) } ?? 0
    let whole = (1 / time).rounded()
    // 0.008 is 125 and nothing else.
    if abs(1 / time - whole) < 1e-9 { return whole }
    let television = (1.001 / time).rounded() / 1.001
    for rate in usualRates + [whole, television] where abs(1 / rate - time) <= half * 1.0001 {
      return rate
    }
    return 1 / time
  }

  private static let usualRates = [30.0, 60, 120, 24, 25, 50, 100, 240, 90]

  private static func pow10(_ exponent: Int) -> Double {
    let power = exactPowersOfTen[min(abs(exponent), 22)]
    return exponent < 0 ? 1 / power : power
  }
}
