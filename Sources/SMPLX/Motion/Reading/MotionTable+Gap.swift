import Compute

extension MotionTable {
  /// Frames of a key with numbers that are none.
  struct Gap {
    let key: String
    let isNaN: Bool
    /// The first such number and its place.
    let found: String
    /// Runs of frames, the first thousand.
    private(set) var frames: [ClosedRange<Int>] = []
    private(set) var count = 0

    private static let mostRuns = 1000

    mutating func add(_ frame: Int) {
      count += 1
      if let last = frames.last, frame == last.upperBound + 1 || frames.count == Self.mostRuns {
        frames[frames.count - 1] = last.lowerBound...frame
      } else {
        frames.append(frame...frame)
      }
    }

    init(key: String, isNaN: Bool, found: String) {
      self.key = key
      self.isNaN = isNaN
      self.found = found
    }

    /// "frames 20 to 23".
    var words: String {
      let runs = frames.prefix(4).map { run in
        run.count == 1 ? "\(run.lowerBound)" : "\(run.lowerBound) to \(run.upperBound)"
      }
      return (count == 1 ? "frame " : "frames ") + runs.joined(separator: ", ")
        + (frames.count > 4 ? " and more" : "")
    }

    func error(_ arrays: MotionArrays, rate: Double, frameCount: Int) -> ProgramError {
      let first = frames.first?.lowerBound ?? 0
      let last = frames.last?.upperBound ?? 0
      var hint = "repair the file"
      if first > 1 {
        hint = "`end` \(Self.time(of: first - 1, rate: rate)) shows what comes before"
      } else if last + 2 < frameCount {
        hint = "`start` \(Self.time(of: last + 1, rate: rate)) shows what comes after"
      }
      return arrays.error(
        "frame \(first) has a value that is \(isNaN ? "not a number" : "infinite")", key: key,
        expected: "finite rotations and positions",
        found: found + (count > 1 ? ", and so on in \(words)" : ""), hint: hint)
    }

    /// Frames between a time and a frame that it stands for.
    static let nearness = 0.02

    /// The seconds of a frame in as few digits as tell it from its neighbours, never before it: the frame
    /// itself is shown.
    static func time(of frame: Int, rate: Double) -> String {
      var scale = 1000.0
      while 2 * rate > nearness * scale, scale < 1e9 { scale *= 10 }
      let time = (Double(frame) / rate * scale - 1e-6).rounded(.up) / scale
      return decimal(time, digits: 9)
    }
  }
}
