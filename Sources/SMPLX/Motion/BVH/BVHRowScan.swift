/// Lines of numbers, each a frame.

/// Where a scan of frames is, and what stopped it.
struct BVHRowScan {
  enum Problem {
    case tooFew(Int, isLast: Bool)
    case tooMany
    case tooLarge(column: Int)
    case text(String)
  }

  private(set) var position: Int
  private(set) var line: Int
  /// Whether the text is at its end.
  private(set) var isDone = false
  private(set) var problem: Problem?
  /// Rows of the last call that hold a number that is none, with the line and the column.
  private(set) var notFinite: [(row: Int, line: Int, column: Int)] = []

  init(position: Int, line: Int) {
    self.position = position
    self.line = line
  }

  /// Scans up to `limit` frames of `isRotation.count` numbers into `floats`; fewer at the end of the
  /// text or before a line that is wrong.
  ///
  /// Angles are brought to -180...180 degrees, so that a float holds them whole; empty lines are
  /// skipped.
  mutating func rows(
    _ limit: Int, of isRotation: UnsafeBufferPointer<Bool>, in bytes: UnsafeRawBufferPointer,
    into floats: UnsafeMutableBufferPointer<Float>
  ) -> Int {
    let bytes = bytes.assumingMemoryBound(to: UInt8.self)
    guard let base = bytes.baseAddress, let output = floats.baseAddress,
      let isRotation = isRotation.baseAddress.map({
        UnsafeBufferPointer(start: $0, count: isRotation.count)
      })
    else {
      isDone = true
      return 0
    }
    let (end, columns) = (bytes.count, isRotation.count)
    return exactPowersOfTen.withUnsafeBufferPointer { powers in
      guard let powers = powers.baseAddress else { return 0 }
      var (at, count) = (position, 0)
      defer { position = at }
      notFinite.removeAll(keepingCapacity: true)
      while count < limit {
        let row = output + count * columns
        var column = 0
        while true {
          while at < end, isBlank(base[at]) { at += 1 }
          if at == end || base[at] == 0x0a { break }
          guard column < columns else {
            // A comment may follow.
            if base[at] == 0x23 || base[at] == 0x2f {
              while at < end, base[at] != 0x0a { at += 1 }
              break
            }
            problem = .tooMany
            return count
          }
          var value: Double
          if end &- at >= plainNumberReach, let plain = scanPlainNumber(base, &at, powers) {
            value = plain
          } else if let long = scanLongNumber(base, &at, end, powers) {
            value = long
          } else {
            let start = at
            switch scanWord(base, &at, end) {
            case .number(let number): value = number
            case .notFinite:
              value = .nan
              if notFinite.last?.row != count { notFinite.append((count, line, column)) }
            case .text:
              if column == 0, base[start] == 0x23 || base[start] == 0x2f {
                at = start
                while at < end, base[at] != 0x0a { at += 1 }
                continue
              }
              let word = UnsafeBufferPointer(start: base + start, count: min(at - start, 40))
              problem = .text(String(decoding: word, as: UTF8.self))
              return count
            }
          }
          if isRotation[column], abs(value) > 180, abs(value) <= BVHLimits.largestNumber {
            value -= 360 * (value / 360).rounded()
          }
          guard abs(value) <= BVHLimits.largestNumber || value.isNaN else {
            problem = .tooLarge(column: column)
            return count
          }
          row[column] = Float(value)
          column += 1
        }
        if column > 0 {
          guard column == columns else {
            problem = .tooFew(column, isLast: at == end)
            return count
          }
          count += 1
        }
        if at == end {
          isDone = true
          return count
        }
        at += 1
        line += 1
      }
      return count
    }
  }
}
