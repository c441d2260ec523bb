import Compute

extension PictureFile {
  /// Bytes from the start that a size is looked for in.
  private static let sizeHead = 1 << 16

  /// The size that a PNG or JPEG file says it has, without decoding it; nil for other kinds, and where the
  /// beginning does not tell.
  ///
  /// - Throws: as `InputFile.open`.
  package static func size(path: String) throws -> (width: Int, height: Int)? {
    let head = try InputFile.head(path, count: sizeHead)
    func number(_ at: Int, _ bytes: Int) -> Int {
      head[at..<at + bytes].reduce(0) { $0 << 8 | Int($1) }
    }
    if head.starts(with: PNGFile.signature), head.count >= 24 {
      return (number(16, 4), number(20, 4))
    }
    guard head.starts(with: JPEGFile.signature) else { return nil }
    var at = 2
    while at + 9 <= head.count, head[at] == 0xff {
      let marker = head[at + 1]
      if marker == 0xff || marker == 0x01 || 0xd0...0xd8 ~= marker {
        at += marker == 0xff ? 1 : 2
        continue
      }
      // Frame headers; the three between them are tables.
      if 0xc0...0xcf ~= marker, ![0xc4, 0xc8, 0xcc].contains(marker) {
        return (number(at + 7, 2), number(at + 5, 2))
      }
      let length = number(at + 2, 2)
      guard length >= 2, marker != 0xda, marker != 0xd9 else { return nil }
      at += 2 + length
    }
    return nil
  }
}
