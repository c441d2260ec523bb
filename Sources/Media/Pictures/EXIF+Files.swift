// Where kinds of pictures keep their EXIF block.

import Compute

extension EXIF {
  /// What the bytes of a JPEG, PNG, WebP or TIFF file say; nothing if they have no block.
  public init(file bytes: [UInt8]) {
    let block: ArraySlice<UInt8>? =
      switch FileKind(head: bytes.prefix(FileKind.headLength)) {
      case .jpeg: Self.block(jpeg: bytes)
      case .png: Self.block(chunks: bytes, from: 8, type: "eXIf", bigEndian: true)
      case .webp: Self.block(chunks: bytes, from: 12, type: "EXIF", bigEndian: false)
      // The file is such a block itself; its directories may be anywhere.
      case .tiff: bytes[...]
      default: nil
      }
    guard let block else {
      self.init()
      return
    }
    self.init(block: block.starts(with: Self.mark) ? block.dropFirst(Self.mark.count) : block)
  }

  private static let mark = Array("Exif\0\0".utf8)

  /// The first segment APP1 that is one, before the pixels.
  private static func block(jpeg bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var at = 2
    while at + 4 <= bytes.count, bytes[at] == 0xff {
      let marker = bytes[at + 1]
      // Fill bytes, and markers without a length.
      if marker == 0xff || marker == 0x01 || 0xd0...0xd8 ~= marker {
        at += marker == 0xff ? 1 : 2
        continue
      }
      guard marker != 0xda, marker != 0xd9 else { return nil }
      let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
      guard length >= 2 else { return nil }
      let content = bytes[(at + 4)..<max(at + 4, min(at + 2 + length, bytes.count))]
      if marker == 0xe1, content.starts(with: mark) { return content }
      at += 2 + length
    }
    return nil
  }

  /// A chunk of a PNG (length, type, content, check sum) or a RIFF file (type, length, content, padded).
  private static func block(
    chunks bytes: [UInt8], from start: Int, type: String, bigEndian: Bool
  ) -> ArraySlice<UInt8>? {
    var at = start
    while at + 8 <= bytes.count {
      let place = bigEndian ? at : at + 4
      let length = (0..<4).reduce(0) {
        $0 << 8 | Int(bytes[place + (bigEndian ? $1 : 3 - $1)])
      }
      guard length <= bytes.count - at - 8 else { return nil }
      if bytes[(bigEndian ? at + 4 : at)...].starts(with: type.utf8) {
        return bytes[(at + 8)..<(at + 8 + length)]
      }
      at += 8 + (bigEndian ? length + 4 : length + length % 2)
    }
    return nil
  }
}
