import Compute

/// Frames that are missing between others, by the one number in which their names differ.
struct FrameNumbers {
  /// Names' numbers from one frame to the next, where none is missing: pictures of a video that was thinned
  /// out go up by five.
  let step: Int
  /// Frames missing before each; of the names' count.
  let missing: [Int]

  var total: Int { missing.reduce(0) { $0 &+ $1 } }
  /// Whether there are so few that the frames are one recording: the pose before may hold meanwhile.
  var areFew: Bool { total <= missing.count }

  /// - Parameter names: in the order of their numbers.
  /// - Returns: nil where names do not differ in one number that goes up.
  init?(_ names: [String]) {
    guard names.count > 1, let numbers = Self.varying(names) else { return nil }
    self.init(numbers)
  }

  /// - Returns: nil for numbers that do not go up.
  init?(_ numbers: [Int]) {
    guard numbers.count > 1, numbers.allSatisfy({ (0..<1 << 53).contains($0) }) else { return nil }
    let steps = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
    guard steps.allSatisfy({ $0 > 0 }) else { return nil }
    // The step that most have, of equally many the smaller; gaps are the others.
    let counts = Dictionary(steps.map { ($0, 1) }, uniquingKeysWith: +)
    step = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 1
    var missing = [0]
    for step in steps {
      missing.append(min(1 << 30, max(0, Int(saturating: Double(step) / Double(self.step)) - 1)))
    }
    self.missing = missing
  }

  /// What stands for each frame where the one before holds for those that are missing: 0 1 1 1 2.
  var held: [Int] {
    missing.enumerated().flatMap { index, count in
      Array(repeating: index - 1, count: index > 0 ? count : 0) + [index]
    }
  }

  /// The numbers at the only place where names differ.
  private static func varying(_ names: [String]) -> [Int]? {
    let split = names.map(pieces)
    guard let first = split.first, split.allSatisfy({ $0.count == first.count }) else { return nil }
    let places = first.indices.filter { place in
      split.contains { $0[place] != first[place] }
    }
    // Equal texts with unequal numbers between them.
    guard places.count == 1, let place = places.first, place % 2 == 1 else { return nil }
    let numbers = split.compactMap { Int($0[place]) }
    return numbers.count == names.count ? numbers : nil
  }

  /// Texts and the runs of digits between them, by turns: "a1b22" is a, 1, b, 22 and nothing.
  private static func pieces(_ name: String) -> [Substring] {
    var pieces: [Substring] = []
    var rest = name[...]
    while true {
      let text = rest.prefix { !isDigit($0) }
      pieces.append(text)
      rest = rest.dropFirst(text.count)
      guard !rest.isEmpty else { return pieces }
      let digits = rest.prefix(while: isDigit)
      pieces.append(digits)
      rest = rest.dropFirst(digits.count)
    }
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }
}
