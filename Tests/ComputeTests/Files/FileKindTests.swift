import Compute
import Testing

@Suite struct FileKindTests {
  static let cases: [(String, [UInt8], FileKind)] = [
    ("nothing", [], .empty),
    ("PNG", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], .png),
    ("JPEG", [0xff, 0xd8, 0xff, 0xe0], .jpeg),
    ("GIF", Array("GIF89a".utf8), .gif),
    ("WebP", Array("RIFF....WEBPVP8 ".utf8), .webp),
    ("AVI", Array("RIFF....AVI LIST".utf8), .avi),
    ("WAV", Array("RIFF....WAVEfmt ".utf8), .sound),
    ("BMP", Array("BM".utf8) + [1, 2, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40], .bmp),
    ("MP4", [0, 0, 0, 32] + Array("ftypisom".utf8), .mp4),
    ("HEIC", [0, 0, 0, 32] + Array("ftypheic".utf8), .heif),
    ("AVIF", [0, 0, 0, 32] + Array("ftypavif".utf8), .avif),
    ("WebM", [0x1a, 0x45, 0xdf, 0xa3, 1], .matroska),
    ("zip", [0x50, 0x4b, 3, 4, 0], .zip), ("empty zip", [0x50, 0x4b, 5, 6, 0], .zip),
    ("npy", [0x93] + Array("NUMPY".utf8) + [1, 0], .npy),
    ("safetensors", [64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"a\":".utf8), .safetensors),
    ("pickle 2", [0x80, 2, 0x7d, 0x71], .pickle), ("pickle 5", [0x80, 5, 0x95], .pickle),
    ("pickle 0", Array("(dp0\nS'a'\n".utf8), .pickle), ("pickle 1", [0x7d, 0x71, 0], .pickle),
    ("old torch", FileKind.torchStreamStart + [0x2e], .torchStream),
    ("HDF5", [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a], .hdf5),
    ("BVH", Array("HIERARCHY\nROOT Hips".utf8), .bvh),
    ("BVH, lower", [0xef, 0xbb, 0xbf] + Array("\r\n# by hand\n// so\nhierarchy\r\n".utf8), .bvh),
    ("BVH, UTF-16", [0xff, 0xfe] + "Hierarchy\n".utf8.flatMap { [$0, 0] }, .bvh),
    ("a text of hierarchies", Array("HIERARCHYS\n".utf8), .text),
    ("JSON", Array("  {\"a\": 1}".utf8), .json), ("a list", Array("[1, 2]".utf8), .json),
    ("text", Array("hello, world\n".utf8), .text),
    ("a licence", Array("(c) 2026 somebody".utf8), .text),
    ("ä and ö", Array("Grüße\n".utf8), .text),
    ("PDF", Array("%PDF-1.7".utf8), .pdf), ("ELF", [0x7f] + Array("ELF".utf8), .program),
    ("gzip", [0x1f, 0x8b, 8], .gzip), ("noise", [0xfe, 0, 1, 0x9a, 0xff], .unknown),
  ]

  @Test(arguments: cases) func firstBytes(name: String, bytes: [UInt8], kind: FileKind) {
    #expect(FileKind(head: bytes) == kind, "\(name)")
    // What follows does not matter.
    if kind != .empty, kind != .text, kind != .json, kind != .bvh {
      let longer = bytes + [UInt8](repeating: 0xab, count: 2000)
      #expect(FileKind(head: longer) == kind, "\(name), longer")
    }
  }

  /// A text is one wherever its first 512 bytes end, also within a character.
  @Test func textsCutWithinACharacter() {
    for pad in 0..<4 {
      let text = String(repeating: "x", count: pad) + String(repeating: "ü€", count: 300)
      #expect(FileKind(head: Array(text.utf8)) == .text)
    }
  }

  @Test func everyKindHasWordsOfItsOwn() {
    let words = FileKind.allCases.map(\.words)
    // Both containers of torch are one kind to people.
    #expect(Set(words).count == words.count)
    for text in words { #expect(text.hasPrefix("a ") || text.hasPrefix("an "), "\(text)") }
  }
}
