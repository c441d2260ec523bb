// What a camera writes beside the pixels of a picture.

/// The entries of an EXIF block that say how a picture is to be seen.
///
/// Source: EXIF 2.32 (CIPA DC-008) and TIFF 6.0: a directory of entries of twelve bytes, one of which leads
/// to the camera's own directory. A block that is damaged says as much as can be read of it.
public struct EXIF: Sendable, Equatable {
  /// How the stored picture is turned to stand upright: 1 to 8, 1 as it is.
  public package(set) var orientation = 1
  /// Millimetres on film of 36 x 24 mm that shows as much along the diagonal.
  public package(set) var focalLengthOnFilm: Double?
  /// Millimetres, of the lens.
  public package(set) var focalLength: Double?
  /// Stored pixels a millimetre of the sensor, along rows and columns.
  public package(set) var sensorResolution: SIMD2<Double>?
  /// (width, height) of the picture as it was taken, pixels.
  public package(set) var size: SIMD2<Int>?
  /// How a TIFF file packs its pixels, by TIFF's numbers.
  package private(set) var compression: Int?

  public init() {}

  /// Reads a block from its byte order mark on.
  public init(block: some Collection<UInt8>) {
    let directory = TIFFDirectory(bytes: Array(block))
    guard let directory else { return }
    var own: Int?
    directory.forEach(at: directory.first) { entry in
      switch entry.tag {
      case 0x0112: orientation = entry.whole.flatMap { 1...8 ~= $0 ? $0 : nil } ?? 1
      case 0x0103: compression = entry.whole
      case 0x8769: own = entry.whole
      default: break
      }
    }
    guard let own else { return }
    var (columns, rows): (Double?, Double?)
    var (width, height): (Int?, Int?)
    // Inches, unless the entry says centimetres (3), millimetres (4) or micrometres (5).
    var unit = 25.4
    directory.forEach(at: own) { entry in
      switch entry.tag {
      case 0x920a: focalLength = entry.positive
      case 0xa405: focalLengthOnFilm = entry.positive
      case 0xa20e: columns = entry.positive
      case 0xa20f: rows = entry.positive
      case 0xa210: unit = [3: 10, 4: 1, 5: 0.001][entry.whole ?? 2] ?? 25.4
      case 0xa002: width = entry.whole
      case 0xa003: height = entry.whole
      default: break
      }
    }
    if let columns, let rows { sensorResolution = SIMD2(columns, rows) / unit }
    if let width, let height, width > 0, height > 0 { size = SIMD2(width, height) }
  }
}

/// The directories of a TIFF file, as EXIF has them; every place is checked.
private struct TIFFDirectory {
  let bytes: [UInt8]
  let bigEndian: Bool

  /// One entry: its tag and where its value is.
  struct Entry {
    let tag: Int
    let type: Int
    let place: Int
    let directory: TIFFDirectory

    /// The first value, if it is a whole number.
    var whole: Int? {
      switch type {
      case 1: directory.number(at: place, bytes: 1)
      case 3: directory.number(at: place, bytes: 2)
      case 4: directory.number(at: place, bytes: 4)
      default: nil
      }
    }

    /// The first value, if it is a number above zero.
    var positive: Double? {
      var value = whole.map(Double.init)
      if type == 5, let from = directory.number(at: place, bytes: 4),
        let over = directory.number(at: from, bytes: 4),
        let under = directory.number(at: from + 4, bytes: 4), under > 0
      {
        value = Double(over) / Double(under)
      }
      return value.flatMap { $0 > 0 ? $0 : nil }
    }
  }

  /// Nil for anything that does not begin as such a block does.
  init?(bytes: [UInt8]) {
    self.bytes = bytes
    guard bytes.count >= 8, bytes[0] == bytes[1],
      bytes[0] == UInt8(ascii: "I") || bytes[0] == UInt8(ascii: "M")
    else { return nil }
    bigEndian = bytes[0] == UInt8(ascii: "M")
    guard number(at: 2, bytes: 2) == 42 else { return nil }
  }

  /// Where the first directory is.
  var first: Int { number(at: 4, bytes: 4) ?? bytes.count }

  /// Nil beyond the block's end.
  func number(at place: Int, bytes count: Int) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    return (0..<count).reduce(0) { sum, index in
      sum << 8 | Int(bytes[place + (bigEndian ? index : count - 1 - index)])
    }
  }

  func forEach(at place: Int, _ body: (Entry) -> Void) {
    guard let count = number(at: place, bytes: 2) else { return }
    for index in 0..<count {
      let at = place + 2 + index * 12
      guard let tag = number(at: at, bytes: 2), let type = number(at: at + 2, bytes: 2),
        at + 12 <= bytes.count
      else { return }
      body(Entry(tag: tag, type: type, place: at + 8, directory: self))
    }
  }
}
