import Compute

/// Which frames of a sequence are made: "0-99,120" keeps their order in the list, "2/8"
/// is the second of eight pieces.
public struct FrameSelection: Sendable, Equatable {
  public let ranges: [ClosedRange<Int>]
  /// Selected frames before each range, and all.
  private let starts: [Int]
  /// Whether each range lies behind the one before.
  private let isAscending: Bool

  public init(ranges: [ClosedRange<Int>]) {
    self.ranges = ranges
    var starts = [0]
    starts.reserveCapacity(ranges.count + 1)
    for range in ranges { starts.append(starts[starts.count - 1] + range.count) }
    self.starts = starts
    isAscending = zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
  }

  /// Everything from 0 to count - 1.
  public static func all(_ count: Int) -> FrameSelection {
    FrameSelection(ranges: count > 0 ? [0...count - 1] : [])
  }

  /// Piece `number`, from 1, of `pieces` that differ by at most one frame in length and make up the
  /// sequence; nil if there are more pieces than frames.
  public static func piece(_ number: Int, of pieces: Int, count: Int) -> FrameSelection? {
    guard pieces >= 1, pieces <= count, (1...pieces).contains(number) else { return nil }
    let (length, longer) = count.quotientAndRemainder(dividingBy: pieces)
    let first = (number - 1) * length + min(number - 1, longer)
    return FrameSelection(ranges: [first...first + length - (number <= longer ? 0 : 1)])
  }

  /// Parses "12", "0-99", "50-" (to the last), comma-separated lists of them, or "K/N": piece K, from 1,
  /// of N.
  public static func parse(_ text: String, count: Int) throws -> FrameSelection {
    func fail(_ what: String) -> ProgramError {
      ProgramError(
        .usage, what, key: "`frames`",
        expected: "numbers and ranges such as 0-99,120, or a piece such as 2/8", found: text,
        hint: "this sequence has the frames 0-\(count - 1)")
    }
    func number(_ digits: Substring) -> Int? {
      digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
    }
    let fraction = text.split(separator: "/", omittingEmptySubsequences: false)
    if fraction.count == 2 {
      guard let piece = number(fraction[0]), let pieces = number(fraction[1]), pieces >= 1,
        (1...pieces).contains(piece)
      else { throw fail("the piece of the sequence cannot be read; pieces are 1/N to N/N") }
      guard let selection = Self.piece(piece, of: pieces, count: count) else {
        throw fail("the sequence has fewer frames than pieces are asked for")
      }
      return selection
    }
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = number(ends[0]) else {
        throw fail("the list of frames cannot be read")
      }
      var last = first
      if ends.count == 2 {
        if ends[1].isEmpty {
          last = count - 1
        } else {
          guard let value = number(ends[1]) else { throw fail("the list of frames cannot be read") }
          last = value
        }
      }
      guard first <= last else { throw fail("a range of frames runs backwards") }
      guard last < count else { throw fail("the sequence has no frame \(last)") }
      ranges.append(first...last)
    }
    return FrameSelection(ranges: ranges)
  }

  public var count: Int { starts[starts.count - 1] }

  /// The n-th selected frame's number.
  public subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "frame \(position) of \(count)")
    // The last range that starts at or before it.
    var (low, high) = (0, ranges.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= position { low = middle } else { high = middle - 1 }
    }
    return ranges[low].lowerBound + position - starts[low]
  }

  /// Whether the n-th selected frame comes again later.
  func isRepeated(_ position: Int) -> Bool {
    if isAscending { return false }
    let number = self[position]
    return zip(ranges, starts).contains { $1 > position && $0.contains(number) }
  }

  /// The selected frames as one run of consecutive ones, nil if they are not.
  public var range: ClosedRange<Int>? {
    guard let first = ranges.first, let last = ranges.last,
      zip(ranges, ranges.dropFirst()).allSatisfy({ $0.upperBound + 1 == $1.lowerBound })
    else { return nil }
    return first.lowerBound...last.upperBound
  }

  /// The frames at the positions for which `isWanted` says so, in their order.
  public func filtered(_ isWanted: (_ position: Int) throws -> Bool) rethrows -> FrameSelection {
    var result: [ClosedRange<Int>] = []
    for position in 0..<count where try isWanted(position) {
      let frame = self[position]
      if let last = result.last, last.upperBound + 1 == frame {
        result[result.count - 1] = last.lowerBound...frame
      } else {
        result.append(frame...frame)
      }
    }
    return FrameSelection(ranges: result)
  }
}

/// The numbers in the names of a sequence's pictures.
///
/// A picture has the name that it has in the whole sequence. Where frames share a name the last one of
/// the sequence has it, whether it is selected or not; a frame selected twice is written once.
public struct FrameNumbers: Sendable {
  private let selection: FrameSelection
  /// By frame; nil for a frame whose name belongs to a later one.
  private let given: [Int?]?

  /// - Parameter given: a number for each frame of the sequence, if not its own.
  public init(_ selection: FrameSelection, _ given: [Int]?) {
    self.selection = selection
    var seen = Set<Int>()
    self.given = given.map { numbers in
      numbers.reversed().map { seen.insert($0).inserted ? $0 : nil }.reversed()
    }
  }

  /// Of the n-th selected frame; nil if it is not written.
  public subscript(position: Int) -> Int? {
    if selection.isRepeated(position) { return nil }
    let frame = selection[position]
    return given.map { $0[frame] } ?? frame
  }
}
