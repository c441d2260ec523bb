import Compute
import Media
import Testing

@testable import Avatar

@Suite struct FrameSelectionTests {
  @Test func parses() throws {
    let selection = try FrameSelection.parse("0-3,7,9-", count: 12)
    #expect(selection.ranges == [0...3, 7...7, 9...11])
    #expect(selection.count == 8)
    #expect((0..<8).map { selection[$0] } == [0, 1, 2, 3, 7, 9, 10, 11])
    #expect(FrameSelection.all(5).count == 5)
  }

  @Test(arguments: ["", "a", "3-1", "5,", "-3", "1-2-3", "12", "0-12", "1.5"])
  func refuses(_ text: String) {
    #expect {
      try FrameSelection.parse(text, count: 12)
    } throws: { error in
      (error as? ProgramError)?.code == .usage && "\(error)".contains("0-11")
    }
  }
}

@Suite struct BackgroundTests {
  @Test func colors() throws {
    #expect(try Background.parse("white", width: 4, height: 4) == .color([255, 255, 255]))
    #expect(try Background.parse("#0af", width: 4, height: 4) == .color([0, 170, 255]))
    #expect(try Background.parse("#102030", width: 4, height: 4) == .color([16, 32, 48]))
    #expect(try Background.parse("transparent", width: 4, height: 4) == .transparent)
  }

  @Test(arguments: ["#12", "#12345z", "no/such/file.png"]) func refuses(_ text: String) {
    #expect(throws: ProgramError.self) { try Background.parse(text, width: 4, height: 4) }
  }

  @Test func pictureCoversTheFrame() throws {
    // Left half red, right half blue; a frame twice as high as wide shows the middle.
    var bytes = [UInt8]()
    for _ in 0..<8 {
      for x in 0..<16 { bytes += x < 8 ? [200, 0, 0] : [0, 0, 100] }
    }
    let picture = try Picture(width: 16, height: 8, channels: 3, bytes: bytes)
    let covered = try Background.cover(picture, width: 4, height: 8)
    #expect(covered.width == 4 && covered.height == 8)
    let row = Array(covered.bytes()[0..<12])
    #expect(row == [200, 0, 0, 200, 0, 0, 0, 0, 100, 0, 0, 100])
    // The same size is the same picture.
    #expect(try Background.cover(picture, width: 16, height: 8).bytes() == bytes)
    // Shrinking averages: a 2 x 1 picture keeps the colours apart, a 1 x 1 one mixes the middle.
    let one = try Background.cover(picture, width: 1, height: 1).bytes()
    #expect(one == [100, 0, 50])
  }
}

@Suite struct SRGBTests {
  @Test func bytesSurvive() {
    for byte in 0...255 {
      let linear = SRGB.linear(Float(byte) / 255)
      #expect(abs(SRGB.encoded(linear) * 255 - Float(byte)) < 1e-3)
      let bytes = SRGB.encodingTable.withUnsafeBufferPointer { table in
        table.baseAddress.map { encodeSRGB(SIMD16(repeating: linear), $0) } ?? .zero
      }
      #expect(bytes == SIMD16(repeating: Int32(byte)), "byte \(byte)")
    }
  }

  @Test func clamps() {
    SRGB.encodingTable.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      #expect(encodeSRGB(SIMD16(repeating: -1), table) == SIMD16(repeating: 0))
      #expect(encodeSRGB(SIMD16(repeating: 7), table) == SIMD16(repeating: 255))
    }
  }
}
