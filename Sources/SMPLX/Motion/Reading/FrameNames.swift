/// What the names of a file's groups say.
enum FrameNames {
  private static let pictures = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"]

  /// The name or path of a frame's picture.
  static func isPicture(_ name: String) -> Bool {
    let name = name.lowercased()
    return pictures.contains { name.hasSuffix($0) }
  }

  /// "12", "-1", of any length.
  static func isNumber(_ name: String) -> Bool {
    let digits = name.drop { $0 == "-" }
    return !digits.isEmpty && name.count - digits.count < 2
      && digits.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// "person1", "track_0", "subject 2".
  static func isPerson(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["person", "track", "subject", "human", "player", "dancer", "p"].contains { word in
      name.hasPrefix(word)
        && name.dropFirst(word.count).drop { $0 == "_" || $0 == "-" || $0 == " " }
          .allSatisfy { $0.isASCII && $0.isNumber }
        && name.count > word.count
    }
  }

  /// Whether `a` comes before `b`, numbers by their values: frame2 before frame10.
  static func precede(_ a: String, _ b: String) -> Bool {
    var (x, y) = (Array(a.utf8)[...], Array(b.utf8)[...])
    func digits(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      text.prefix { (48...57).contains($0) }
    }
    while let p = x.first, let q = y.first {
      let (m, n) = (digits(x), digits(y))
      if !m.isEmpty, !n.isEmpty {
        let (u, v) = (m.drop { $0 == 48 }, n.drop { $0 == 48 })
        if u.count != v.count { return u.count < v.count }
        if u != v { return u.lexicographicallyPrecedes(v) }
        (x, y) = (x.dropFirst(m.count), y.dropFirst(n.count))
      } else if p != q {
        return p < q
      } else {
        (x, y) = (x.dropFirst(), y.dropFirst())
      }
    }
    return x.isEmpty != y.isEmpty ? x.isEmpty : a < b
  }
}
