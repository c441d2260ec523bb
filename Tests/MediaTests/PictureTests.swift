import Compute
import Media
import Testing

@Suite struct PictureTests {
  @Test func depths() throws {
    let words: [UInt16] = [0, 1, 128, 129, 257, 32767, 32768, 65406, 65407, 65535]
    let picture = try Picture(width: 10, height: 1, channels: 1, words: words)
    #expect(picture.bitDepth == 16)
    // v / 257 rounded: 128 / 257 is just below a half, 129 / 257 just above.
    #expect(picture.bytes() == [0, 0, 0, 1, 1, 127, 128, 254, 255, 255])
    let bytes = try Picture(
      width: 256, height: 1, channels: 1, bytes: (0..<256).map { UInt8($0) })
    #expect(bytes.words()[255] == 65535 && bytes.words()[1] == 257)
    #expect(bytes.converted(toBitDepth: 16).converted(toBitDepth: 8) == bytes)
  }

  @Test func channels() throws {
    let grey = try Picture(width: 2, height: 1, channels: 1, bytes: [5, 200])
    #expect(grey.converted(toChannels: 3).bytes() == [5, 5, 5, 200, 200, 200])
    #expect(grey.converted(toChannels: 4).bytes() == [5, 5, 5, 255, 200, 200, 200, 255])
    let veiled = try Picture(width: 1, height: 1, channels: 2, words: [500, 1000])
    #expect(veiled.converted(toChannels: 4).words() == [500, 500, 500, 1000])
    #expect(veiled.converted(toChannels: 1).words() == [500])
    let colors = try Picture(
      width: 4, height: 1, channels: 3,
      bytes: [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    // bt709 luma weights 0.2126, 0.7152, 0.0722 of 255.
    #expect(colors.converted(toChannels: 1).bytes() == [255, 54, 182, 18])
    #expect(colors.converted(toChannels: 2).bytes() == [255, 255, 54, 255, 182, 255, 18, 255])
    #expect(colors.converted(toChannels: 4).converted(toChannels: 3) == colors)
    let white = try Picture(width: 1, height: 1, channels: 3, words: [65535, 65535, 65535])
    #expect(white.converted(toChannels: 1).words() == [65535])
  }

  @Test func wrongSizesThrow() {
    #expect(throws: ProgramError.self) {
      try Picture(width: 0, height: 1, channels: 1, bytes: [])
    }
    #expect(throws: ProgramError.self) {
      try Picture(width: 1, height: 1, channels: 5, bytes: [1, 2, 3, 4, 5])
    }
    #expect(throws: ProgramError.self) {
      try Picture(width: 2, height: 2, channels: 1, bytes: [1, 2, 3])
    }
    #expect(throws: ProgramError.self) {
      try Picture(width: 32_769, height: 1, channels: 1, bytes: [])
    }
  }
}
