/// The order that people count in: `frame2` before `frame10`.
enum NaturalOrder {
  static func precedes(_ one: String, _ other: String) -> Bool {
    let (left, right) = (pieces(one), pieces(other))
    for (a, b) in zip(left, right) where a != b {
      // Equal numbers with other zeros in front are told apart at the end.
      if a.isNumber, b.isNumber {
        let (m, n) = (a.bytes.drop { $0 == zero }, b.bytes.drop { $0 == zero })
        if m.count != n.count { return m.count < n.count }
        if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
        continue
      }
      return a.bytes.lexicographicallyPrecedes(b.bytes)
    }
    if left.count != right.count { return left.count < right.count }
    return one.utf8.lexicographicallyPrecedes(other.utf8)
  }

  private static let zero = UInt8(ascii: "0")

  private struct Piece: Equatable {
    var bytes: [UInt8]
    let isNumber: Bool
  }

  /// Runs of digits, and what is between them.
  private static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    for byte in text.utf8 {
      let isDigit = zero...UInt8(ascii: "9") ~= byte
      if let last = pieces.last, last.isNumber == isDigit {
        pieces[pieces.count - 1].bytes.append(byte)
      } else {
        pieces.append(Piece(bytes: [byte], isNumber: isDigit))
      }
    }
    return pieces
  }
}
