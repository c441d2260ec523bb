import Compute
import Foundation
import TestSupport
import Testing

@testable import Media

@Suite struct PNGFileTests {
  @Test(arguments: [1, 2, 3, 4], [8, 16]) func roundTrip(channels: Int, depth: Int) throws {
    let folder = try ScratchFolder()
    for (width, height) in [(1, 1), (3, 1), (1, 13), (15, 17), (127, 3)] {
      for compression in [PNGFile.Compression.fast, .small] {
        let picture = try noise(width, height, channels, depth: depth)
        let path = folder.file("\(width)x\(height).png")
        try PNGFile.write(picture, to: path, overwrite: true, compression: compression)
        let back = try PictureFile.read(path: path)
        #expect(back == picture, "\(width) x \(height) x \(channels), \(depth) bits")
      }
    }
  }

  /// What the file itself must say, so that other programs read the same values: big-endian words.
  @Test func sixteenBitsAreBigEndianInTheFile() throws {
    let file = PNGBuilder(width: 2, height: 1, depth: 16, colorType: 0).file([0x0102, 0xfffe])
    #expect(try PNGFile.read(bytes: file).samples == .words([0x0102, 0xfffe]))
  }

  @Test(arguments: [false, true], [1, 2, 4, 8]) func greyOfFewBits(interlaced: Bool, depth: Int)
    throws
  {
    let (width, height) = (13, 15)
    var random = SeededGenerator(state: UInt64(depth))
    let samples = (0..<width * height).map { _ in Int(random.next() % (1 << UInt64(depth))) }
    let file = PNGBuilder(
      width: width, height: height, depth: depth, colorType: 0, interlaced: interlaced
    ).file(samples)
    let picture = try PNGFile.read(bytes: file)
    #expect(picture.channels == 1)
    #expect(picture.bytes() == samples.map { UInt8($0 * 255 / ((1 << depth) - 1)) })
  }

  @Test(arguments: [false, true]) func interlacedColor(interlaced: Bool) throws {
    for (width, height) in [(1, 1), (2, 3), (5, 5), (17, 9)] {
      for (type, channels) in [(2, 3), (4, 2), (6, 4)] {
        var random = SeededGenerator(state: 5)
        let samples = random.bytes(width * height * channels)
        let file = PNGBuilder(
          width: width, height: height, depth: 8, colorType: type, interlaced: interlaced
        ).file(samples.map(Int.init))
        let picture = try PNGFile.read(bytes: file)
        #expect(picture.samples == .bytes(samples), "\(width) x \(height), type \(type)")
      }
    }
  }

  @Test func paletteAndTransparencyAreExpanded() throws {
    var builder = PNGBuilder(width: 3, height: 1, depth: 2, colorType: 3)
    builder.extraChunks = [("PLTE", [10, 20, 30, 40, 50, 60, 70, 80, 90])]
    let opaque = try PNGFile.read(bytes: builder.file([2, 0, 1]))
    #expect(opaque.channels == 3)
    #expect(opaque.bytes() == [70, 80, 90, 10, 20, 30, 40, 50, 60])
    builder.extraChunks.append(("tRNS", [7, 128]))
    let clear = try PNGFile.read(bytes: builder.file([2, 0, 1]))
    #expect(clear.channels == 4)
    #expect(clear.bytes() == [70, 80, 90, 255, 10, 20, 30, 7, 40, 50, 60, 128])
    var keyed = PNGBuilder(width: 2, height: 1, depth: 8, colorType: 2)
    keyed.extraChunks = [("tRNS", [0, 1, 0, 2, 0, 3])]
    let found = try PNGFile.read(bytes: keyed.file([1, 2, 3, 1, 2, 4]))
    #expect(found.bytes() == [1, 2, 3, 0, 1, 2, 4, 255])
  }

  @Test func everyTruncationThrows() throws {
    let whole = try PNGFile.encode(try noise(5, 3, 4, depth: 8))
    #expect(throws: Never.self) { try PNGFile.read(bytes: whole) }
    for count in 0..<whole.count {
      #expect(throws: ProgramError.self, "\(count) of \(whole.count) bytes") {
        try PictureFile.read(bytes: Array(whole[..<count]))
      }
    }
  }

  @Test func everyDamagedByteThrows() throws {
    let whole = try PNGFile.encode(try noise(5, 3, 3, depth: 16))
    for index in whole.indices {
      for flip in [UInt8(1), 0x20, 0x80, 0xff] {
        var bytes = whole
        bytes[index] ^= flip
        #expect(throws: ProgramError.self, "byte \(index) ^ \(flip)") {
          try PictureFile.read(bytes: bytes)
        }
      }
    }
  }

  @Test func hugeHeadersAreRefusedBeforeAllocating() {
    let lies = [
      (0x7fff_ffff, 1), (1, 0x7fff_ffff), (40_000, 1), (1, 40_000), (32_768, 32_768),
      (32_768, 16_384),
    ]
    for (width, height) in lies {
      let builder = PNGBuilder(width: width, height: height, depth: 8, colorType: 6)
      let error = thrownError {
        _ = try PNGFile.read(bytes: builder.file(zlib: PNGBuilder.stored([0])))
      }
      #expect(error.code == .dataError)
      #expect(error.found != nil && error.expected != nil, "\(error)")
    }
  }

  @Test func missingPixelsThrow() {
    let builder = PNGBuilder(width: 4, height: 4, depth: 8, colorType: 0)
    #expect(throws: ProgramError.self) {
      try PNGFile.read(bytes: builder.file(zlib: PNGBuilder.stored([0, 1, 2, 3, 4])))
    }
  }

  /// A hundred thousand chunks of texts, profiles and times change nothing: they are passed over, even
  /// where what they hold makes no sense. Their check sums still count.
  @Test func otherChunksArePassedOver() throws {
    let picture = try noise(13, 7, 3, depth: 8)
    let plain = try PNGFile.encode(picture)
    func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + content
      var crc = UInt32.max
      for byte in body {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
      }
      return big(UInt32(content.count)) + body + big(~crc)
    }
    let text = chunk("tEXt", Array("Comment\0some words".utf8))
    let kinds =
      [chunk("zTXt", [65, 0, 0, 1, 2, 3]), chunk("iCCP", [1]), chunk("gAMA", [0, 0, 0, 0])]
      + [chunk("eXIf", []), chunk("tIME", [9]), chunk("sPLT", [0]), chunk("hIST", [0])]
    let more = kinds.flatMap { $0 } + (0..<100_000).flatMap { _ in text }
    // After IHDR, and before IEND.
    var bytes = plain
    bytes.insert(contentsOf: more, at: 33)
    bytes.insert(contentsOf: more, at: bytes.count - 12)
    #expect(try PNGFile.read(bytes: bytes) == picture)
    bytes[33 + 9] ^= 1
    #expect(throws: ProgramError.self) { try PNGFile.read(bytes: bytes) }
  }

  @Test func namesTheFileAndTheProblem() throws {
    let folder = try ScratchFolder()
    let missing = thrownError { _ = try PictureFile.read(path: folder.file("none.png")) }
    #expect(missing.code == .noInput && missing.file == folder.file("none.png"))
    let empty = folder.file("empty.png")
    try Data().write(to: URL(fileURLWithPath: empty))
    let emptyError = thrownError { _ = try PictureFile.read(path: empty) }
    #expect(emptyError.description.contains("the file is empty"))
    #expect(emptyError.file == empty)
    let isFolder = thrownError { _ = try PictureFile.read(path: folder.path) }
    #expect(isFolder.code == .noInput && isFolder.what == "is not a regular file")
    let text = thrownError { _ = try PictureFile.read(bytes: Array("hello".utf8)) }
    #expect(text.what == "is neither a PNG nor a JPEG picture" && text.found == "a text file")
  }

  @Test func sameBytesEveryTime() throws {
    let picture = try noise(127, 13, 4, depth: 8)
    #expect(try PNGFile.encode(picture) == PNGFile.encode(picture))
  }
}
