import Compute

/// Which frames of a sequence are made: `--frames 0-99,120` keeps their order in the list.
public struct FrameSelection: Sendable, Equatable {
  public let ranges: [ClosedRange<Int>]

  public init(ranges: [ClosedRange<Int>]) { self.ranges = ranges }

  /// Everything from 0 to count - 1.
  public static func all(_ count: Int) -> FrameSelection {
    FrameSelection(ranges: count > 0 ? [0...count - 1] : [])
  }

  /// Parses "12", "0-99", "50-" (to the last) and comma-separated lists of them.
  public static func parse(_ text: String, count: Int) throws -> FrameSelection {
    func fail(_ what: String) -> ProgramError {
      ProgramError(
        .usage, what, key: "--frames", expected: "numbers and ranges such as 0-99,120",
        found: text, hint: "this sequence has the frames 0-\(count - 1)")
    }
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = Int(ends[0]), first >= 0 else {
        throw fail("the list of frames cannot be read")
      }
      var last = first
      if ends.count == 2 {
        if ends[1].isEmpty {
          last = count - 1
        } else {
          guard let value = Int(ends[1]) else { throw fail("the list of frames cannot be read") }
          last = value
        }
      }
      guard first <= last else { throw fail("a range of frames runs backwards") }
      guard last < count else { throw fail("the sequence has no frame \(last)") }
      ranges.append(first...last)
    }
    return FrameSelection(ranges: ranges)
  }

  public var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// The n-th selected frame's number.
  public subscript(position: Int) -> Int {
    var rest = position
    for range in ranges {
      if rest < range.count { return range.lowerBound + rest }
      rest -= range.count
    }
    preconditionFailure("frame \(position) of \(count)")
  }
}
