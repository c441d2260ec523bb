/// Names of joints as programs write them, taken apart: whose side, what part.

/// "mixamorig:LeftUpLeg", "thigh_l", "Bip01 L Thigh", "lThigh": the left side and "upleg" or "thigh".
struct JointName: Hashable {
  enum Side: Hashable {
    case left, right
  }

  var side: Side?
  /// Letters and digits only, in lower case.
  var part: String

  /// - Parameters:
  ///   - text: without what all names of the file begin with.
  ///   - parts: words that are known as parts, for names like "lhand".
  init(_ text: Substring, parts: Set<String>) {
    let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let joined = words.joined().lowercased()
    (side, part) = (nil, joined)
    for (word, side) in [("left", Side.left), ("right", .right)] {
      if let range = Self.range(of: word, in: joined) {
        var rest = joined
        rest.removeSubrange(range)
        (self.side, part) = (side, rest)
        return
      }
    }
    for (letter, side) in [("l", Side.left), ("r", .right)] {
      if words.count > 1, let index = words.firstIndex(where: { $0.lowercased() == letter }) {
        var others = words
        others.remove(at: index)
        (self.side, part) = (side, others.joined().lowercased())
        return
      }
    }
    guard let first = joined.first, first == "l" || first == "r" else { return }
    let rest = String(joined.dropFirst())
    // "lThigh", "LHip": a capital follows; L5 is a vertebra. "lhand": the rest is a part.
    let next = words.first?.dropFirst().first
    if next?.isUppercase == true || parts.contains(rest) && !parts.contains(joined) {
      (side, part) = (first == "l" ? .left : .right, rest)
    }
  }

  /// At the beginning or the end rather than within.
  private static func range(of word: String, in text: String) -> Range<String.Index>? {
    if text.hasPrefix(word) {
      return text.startIndex..<text.index(text.startIndex, offsetBy: word.count)
    }
    if text.hasSuffix(word) {
      return text.index(text.endIndex, offsetBy: -word.count)..<text.endIndex
    }
    return text.firstRange(of: word)
  }

  /// Names without namespaces ("mixamorig:") and without the beginning that they share ("Bip01 ",
  /// "Character1_").
  static func stripped(_ names: [String]) -> [Substring] {
    let bare = names.map { name in
      name.lastIndex(of: ":").map { name[name.index(after: $0)...] } ?? name[...]
    }
    // The root may be the shared beginning itself.
    let others = bare.dropFirst()
    guard let first = others.first, others.count > 3 else { return bare }
    var shared = others.reduce(first) { shared, name in
      shared.commonPrefix(with: name)[...]
    }
    while let last = shared.last, last.isLetter || last.isNumber { shared.removeLast() }
    if shared.isEmpty, others.allSatisfy({ $0.hasPrefix("mixamorig") }) { shared = "mixamorig" }
    return bare.map {
      $0.hasPrefix(shared) && $0.count > shared.count ? $0.dropFirst(shared.count) : $0
    }
  }
}
