/// Which pixels of an image are meant: a bit a pixel, row after row.
///
/// Every operation works in place on memory of its own size and allocates nothing, as long as no
/// second copy of the set is kept.
public struct PixelSet: Sendable, Equatable {
  public let height: Int
  public let width: Int
  /// Words of a row; bits behind the last column are 0.
  let rowWords: Int
  private(set) var words: [UInt64]

  /// An empty set of pixels of an image.
  public init(height: Int, width: Int) {
    precondition(height >= 0 && width >= 0)
    self.height = height
    self.width = width
    rowWords = (width + 63) / 64
    words = [UInt64](repeating: 0, count: height * rowWords)
  }

  /// The set of all pixels.
  public static func all(height: Int, width: Int) -> PixelSet {
    var set = PixelSet(height: height, width: width)
    set.insertAll()
    return set
  }

  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// Number of pixels.
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether pixel (y, x) is in the set.
  public subscript(y: Int, x: Int) -> Bool {
    get {
      precondition(x >= 0 && x < width)
      return words[y * rowWords + x >> 6] >> UInt64(x & 63) & 1 != 0
    }
    set {
      precondition(x >= 0 && x < width)
      let bit = UInt64(1) << UInt64(x & 63)
      if newValue {
        words[y * rowWords + x >> 6] |= bit
      } else {
        words[y * rowWords + x >> 6] &= ~bit
      }
    }
  }

  public mutating func removeAll() {
    let count = words.count
    mutate { $0.update(repeating: 0, count: count) }
  }

  public mutating func insertAll() {
    for y in 0..<height { insert(row: y, columns: 0..<width) }
  }

  /// Adds pixels of one row.
  public mutating func insert(row y: Int, columns: Range<Int>) {
    precondition(y >= 0 && y < height && columns.lowerBound >= 0 && columns.upperBound <= width)
    let offset = y * rowWords
    mutate { insertBits($0 + offset, columns.lowerBound, columns.upperBound) }
  }

  /// Becomes the set of pixels at which a channel of an image is not, bit for bit, the value given.
  ///
  /// - Parameter empty: a value a channel.
  public mutating func assign(pixelsOf map: FeatureMap, differingFrom empty: [Float]) {
    precondition(map.height == height && map.width == width && map.channels == empty.count)
    let (height, width, rowWords) = (height, width, rowWords)
    mutate { base in
      empty.withUnsafeBufferPointer { empty in
        for y in 0..<height {
          for word in 0..<rowWords {
            var bits: UInt64 = 0
            for x in word * 64..<min(word * 64 + 64, width) {
              let pixel = map.pixel(y, x)
              var differs = false
              for channel in 0..<empty.count {
                differs = differs || pixel[channel].bitPattern != empty[channel].bitPattern
              }
              bits |= (differs ? 1 : 0) << UInt64(x & 63)
            }
            base[y * rowWords + word] = bits
          }
        }
      }
    }
  }

  /// Takes over the pixels of another set of the same size.
  public mutating func assign(_ other: PixelSet) { combine(other) { $1 } }

  public mutating func formUnion(_ other: PixelSet) { combine(other) { $0 | $1 } }

  public mutating func formIntersection(_ other: PixelSet) { combine(other) { $0 & $1 } }

  public mutating func subtract(_ other: PixelSet) { combine(other) { $0 & ~$1 } }

  /// Adds all pixels at most so many rows and columns away from another set's.
  public mutating func formUnion(_ other: PixelSet, grownBy margin: Int) {
    precondition(other.height == height && other.width == width && margin >= 0)
    let (height, width, rowWords) = (height, width, rowWords)
    let margin = min(margin, max(height, width))
    mutate { base in
      other.read { source in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: rowWords) { row in
          guard let row = row.baseAddress else { return }
          for y in 0..<height {
            row.update(repeating: 0, count: rowWords)
            forEachRun(source + y * rowWords, rowWords) { first, end in
              insertBits(row, max(0, first - margin), min(width, end + margin))
            }
            for target in max(0, y - margin)...min(height - 1, y + margin) {
              for word in 0..<rowWords { base[target * rowWords + word] |= row[word] }
            }
          }
        }
      }
    }
  }

  /// The pixels as row pieces, written to `target`, which has room for `pieceCapacity` of them.
  func pieces(into target: UnsafeMutablePointer<RowPiece>) -> RowPieces {
    var count = 0
    var start: Int32 = 0
    read { base in
      for y in 0..<height {
        forEachRun(base + y * rowWords, rowWords) { first, end in
          target[count] = RowPiece(y: Int32(y), x0: Int32(first), x1: Int32(end), start: start)
          start += Int32(end - first)
          count += 1
        }
      }
    }
    return RowPieces(target, count: count)
  }

  /// Row pieces that a set of this size may have at most: every second pixel.
  var pieceCapacity: Int { height * ((width + 1) / 2) }

  // MARK: Memory

  func read(_ body: (UnsafePointer<UInt64>) -> Void) {
    words.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
  }

  mutating func mutate(_ body: (UnsafeMutablePointer<UInt64>) -> Void) {
    words.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
  }

  @inline(__always)
  private mutating func combine(_ other: PixelSet, _ function: (UInt64, UInt64) -> UInt64) {
    precondition(other.height == height && other.width == width)
    let count = words.count
    mutate { base in
      other.read { source in
        for index in 0..<count { base[index] = function(base[index], source[index]) }
      }
    }
  }
}

/// Sets bits first ..< end of a row.
@inline(__always)
func insertBits(_ row: UnsafeMutablePointer<UInt64>, _ first: Int, _ end: Int) {
  guard first < end else { return }
  let (low, high) = (first >> 6, (end - 1) >> 6)
  let lowMask = ~UInt64(0) << UInt64(first & 63)
  let highMask = ~UInt64(0) >> UInt64(63 - (end - 1) & 63)
  if low == high {
    row[low] |= lowMask & highMask
  } else {
    row[low] |= lowMask
    for word in low + 1..<high { row[word] = ~0 }
    row[high] |= highMask
  }
}

/// Calls `body` with first ..< end of each run of set bits, from left to right.
@inline(__always)
func forEachRun(_ row: UnsafePointer<UInt64>, _ words: Int, _ body: (Int, Int) -> Void) {
  var x = 0
  while let first = nextBit(row, words, from: x, flip: 0) {
    let end = nextBit(row, words, from: first, flip: ~0) ?? words * 64
    body(first, end)
    x = end
  }
}

/// The first bit at or after `x` that is set in row xor `flip`.
@inline(__always)
private func nextBit(
  _ row: UnsafePointer<UInt64>, _ words: Int, from x: Int, flip: UInt64
) -> Int? {
  var word = x >> 6
  guard word < words else { return nil }
  var bits = (row[word] ^ flip) & ~UInt64(0) << UInt64(x & 63)
  while bits == 0 {
    word += 1
    if word == words { return nil }
    bits = row[word] ^ flip
  }
  return word * 64 + bits.trailingZeroBitCount
}
