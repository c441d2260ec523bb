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

  /// Pieces are even, follow each other, and make up the whole.
  @Test(arguments: [1, 2, 7, 12, 100], [1, 2, 3, 5, 7]) func pieces(count: Int, pieces: Int) throws
  {
    guard pieces <= count else {
      #expect(throws: ProgramError.self) { try FrameSelection.parse("1/\(pieces)", count: count) }
      return
    }
    let parts = try (1...pieces).map { try FrameSelection.parse("\($0)/\(pieces)", count: count) }
    #expect(parts.flatMap(\.ranges).joined().elementsEqual(0..<count))
    let lengths = parts.map(\.count)
    #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
    #expect(parts.allSatisfy { $0.range != nil })
  }

  @Test func asOneRange() {
    #expect(FrameSelection(ranges: [0...3, 4...4, 5...9]).range == 0...9)
    #expect(FrameSelection(ranges: [0...3, 5...9]).range == nil)
    #expect(FrameSelection(ranges: [5...9, 0...4]).range == nil)
    #expect(FrameSelection(ranges: []).range == nil)
    let odd = FrameSelection(ranges: [0...3, 7...9]).filtered { $0 % 2 == 1 || $0 == 4 }
    #expect(odd.ranges == [1...1, 3...3, 7...8])
  }

  /// A picture's number does not depend on what else is selected.
  @Test func numbersOfPictures() {
    let given = [0, 1, 1, 2, 2, 2]
    let whole = FrameNumbers(.all(6), given)
    #expect((0..<6).map { whole[$0] } == [0, nil, 1, nil, nil, 2])
    for frame in 0..<6 {
      let alone = FrameNumbers(FrameSelection(ranges: [frame...frame]), given)
      #expect(alone[0] == whole[frame])
    }
    let twice = FrameNumbers(FrameSelection(ranges: [3...5, 4...4]), nil)
    #expect((0..<4).map { twice[$0] } == [3, nil, 5, 4])
  }

  @Test(arguments: [
    "", "a", "3-1", "5,", "-3", "1-2-3", "12", "0-12", "1.5", "0/3", "4/3", "1/13", "1/0", "/",
    "1/",
    "1/2/3", "-1/3", "+1", "99999999999999999999", "1/99999999999999999999",
  ])
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

  @Test func clamps() throws {
    try SRGB.encodingTable.withUnsafeBufferPointer { table in
      let table = try #require(table.baseAddress)
      #expect(encodeSRGB(SIMD16(repeating: -1), table) == SIMD16(repeating: 0))
      #expect(encodeSRGB(SIMD16(repeating: 7), table) == SIMD16(repeating: 255))
    }
  }
}
