/// Reads the part of a BVH file behind MOTION: a line of numbers for each frame.
///
/// The text passes once, line by line, into a `FrameStore`; pages that have been read are given
/// back, so that a long recording costs no more memory than a short one.
import Compute
import TensorFiles

struct BVHFrames {
  let store: FrameStore
  /// Seconds, as the file says it.
  let frameTime: Double
  /// Digits behind the point that the file gives it with; nil with an exponent.
  let frameTimeDecimals: Int?
  /// Frames that the file declares; `store` may have more.
  let declaredCount: Int
  /// Said of frames that are no frames but are not shown; nil if all are whole.
  let gap: String?

  private static let hint = "the file is cut off: fetch or write it again"

  /// `text` is behind the word MOTION.
  ///
  /// - Parameter shown: seconds that will be shown; outside of them a number that is none does not
  ///   matter, its frame becomes the one before.
  static func read(
    _ text: BVHText, _ skeleton: BVHSkeleton, file: MappedFile?, shown: (Double?, Double?)
  ) throws -> BVHFrames {
    var text = text
    let declared = try frameCount(&text, columns: skeleton.channelCount)
    let (time, decimals) = try frameTime(&text)
    let isRotation = skeleton.joints.flatMap { $0.channels.map(\.isRotation) }
    let step = time.isFinite && time > 0 ? time : 1
    // A frame more on either side, which frames between are blended with.
    let first = (shown.0 ?? 0) / step - 1.5
    let last = shown.1.map { $0 / step + 1.5 } ?? .infinity
    let needed = first < last ? first...last : -1 ... .infinity
    let (store, gap) = try rows(
      &text, isRotation: isRotation, declared: declared, file: file, needed: needed)
    return BVHFrames(
      store: store, frameTime: time, frameTimeDecimals: decimals, declaredCount: declared, gap: gap)
  }

  /// What follows `words` and a colon: "Frames: 12", "Frame Time:.0083".
  private static func value(
    _ text: inout BVHText, of words: [String], expected: String
  ) throws -> (String, line: Int) {
    var rest = words.joined()
    var value: String?
    while value == nil {
      guard let word = try text.word() else { throw text.endsEarly(expected: expected) }
      let lower = word.lowercased()
      if rest == ":" || rest.isEmpty, !lower.hasPrefix(":") {
        value = word
      } else if rest.hasPrefix(lower) {
        rest.removeFirst(lower.count)
        if rest.isEmpty {
          guard let next = try text.wordOfLine() else { break }
          value = next
        }
      } else if lower.hasPrefix(rest), !rest.isEmpty {
        value = String(word.dropFirst(rest.count))
      } else {
        throw text.error("the frames are not announced", expected: expected, found: word)
      }
    }
    guard let value else { throw text.error("the frames are not announced", expected: expected) }
    return (value, text.line)
  }

  private static func frameCount(_ text: inout BVHText, columns: Int) throws -> Int {
    let (word, line) = try value(&text, of: ["frames", ":"], expected: "Frames: and their number")
    // Some programs write counts as 120.0.
    guard let number = Double(word), number >= 0, number == number.rounded() else {
      throw text.error(
        "the number of frames is no count", line: line, expected: "1 or more", found: word)
    }
    guard number >= 1 else {
      throw text.error(
        "the motion has no frames", line: line, expected: "at least one frame", found: word)
    }
    // A number needs a digit and a blank.
    let most = text.bytesLeft / (2 * columns) + 1
    guard number <= Double(most) else {
      throw text.error(
        "the file declares more frames than it has room for", line: line,
        expected: "at most \(most) frames of \(columns) numbers", found: word, hint: hint)
    }
    return Int(saturating: number)
  }

  private static func frameTime(_ text: inout BVHText) throws -> (Double, Int?) {
    let (word, line) = try value(
      &text, of: ["frame", "time", ":"], expected: "Frame Time: and seconds")
    guard let seconds = Double(word) else {
      throw text.error(
        "the frame time is no number", line: line, expected: "seconds", found: word)
    }
    let isPlain = word.allSatisfy { "0123456789.+-".contains($0) }
    let decimals = word.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first
    return (seconds, isPlain ? decimals?.count ?? 0 : nil)
  }

  private static func rows(
    _ text: inout BVHText, isRotation: [Bool], declared: Int, file: MappedFile?,
    needed: ClosedRange<Double>
  ) throws -> (FrameStore, gap: String?) {
    let columns = isRotation.count
    let room = MotionLimits.mostBytes / (4 * columns)
    let writer = FrameStore.Writer(width: columns)
    writer.reserve(declared * columns)
    let batch = max(1, min(declared, (1 << 15) / columns))
    var floats = [Float](repeating: 0, count: batch * columns)
    var scan = BVHRowScan(position: text.position, line: text.line)
    var count = 0
    var released = text.position
    var bad = 0
    var before = [Float](repeating: 0, count: columns)
    while true {
      let filled = floats.withUnsafeMutableBufferPointer { floats in
        isRotation.withUnsafeBufferPointer { isRotation in
          scan.rows(batch, of: isRotation, in: text.bytes, into: floats)
        }
      }
      for (row, line, column) in scan.notFinite {
        guard !needed.contains(Double(count + row)) else {
          throw notFinite(text, line: line, column: column, frame: count + row + 1)
        }
        let previous = row == 0 ? before : Array(floats[((row - 1) * columns)..<(row * columns)])
        if row < filled {
          floats.replaceSubrange((row * columns)..<((row + 1) * columns), with: previous)
        }
        bad += 1
      }
      if filled > 0 { before = Array(floats[((filled - 1) * columns)..<(filled * columns)]) }
      try floats.withUnsafeBufferPointer { floats in
        try writer.append(UnsafeBufferPointer(rebasing: floats[..<(filled * columns)]))
      }
      count += filled
      guard count <= room else {
        throw text.error(
          "the motion is too long", line: scan.line, expected: "at most \(room) frames",
          hint: "cut the recording into pieces")
      }
      if let file, scan.position - released >= 1 << 20 {
        file.release(UnsafeRawBufferPointer(rebasing: text.bytes[released..<scan.position]))
        released = scan.position
      }
      if let problem = scan.problem {
        throw error(problem, text, scan, frame: count + 1, columns: columns, declared: declared)
      }
      if scan.isDone { break }
    }
    guard count >= declared else {
      throw text.error(
        "the file ends early", line: scan.line, expected: "\(declared) frames",
        found: "\(count)", hint: hint)
    }
    guard let store = try writer.finish() else { throw text.endsEarly(expected: "whole frames") }
    let gap = bad == 0 ? nil : "\(bad) frames outside of what is shown hold numbers that are none"
    return (store, gap)
  }

  private static func notFinite(
    _ text: BVHText, line: Int, column: Int, frame: Int
  ) -> ProgramError {
    text.error(
      "frame \(frame) has a value that is not a number or infinite", line: line,
      expected: "finite angles and positions", found: "column \(column + 1)",
      hint: "repair the file, or show the part before or after that frame with `start` and `end`")
  }

  private static func error(
    _ problem: BVHRowScan.Problem, _ text: BVHText, _ scan: BVHRowScan, frame: Int, columns: Int,
    declared: Int
  ) -> ProgramError {
    let place = "frame \(frame)" + (frame > declared ? " of \(declared)" : "")
    switch problem {
    case .tooFew(let count, let isLast):
      return text.error(
        isLast
          ? "the last line is cut off: \(place) lacks numbers"
          : "\(place) has too few numbers",
        line: scan.line, expected: "\(columns) (a number for each channel)", found: "\(count)",
        hint: isLast ? hint : nil)
    case .tooMany:
      return text.error(
        "\(place) has too many numbers", line: scan.line,
        expected: "\(columns) (a number for each channel)", found: "more")
    case .tooLarge(let column):
      return text.error(
        "\(place) has a number that nobody can move by", line: scan.line,
        expected: "at most \(decimal(BVHLimits.largestNumber, digits: 0))",
        found: "column \(column + 1)")
    case .text(let word):
      return text.error(
        "\(place) has something that is no number", line: scan.line, expected: "numbers",
        found: word,
        hint: word.contains(",") ? "decimals begin with a point, numbers have blanks between" : nil)
    }
  }
}
