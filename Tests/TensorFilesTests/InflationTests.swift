import CZ
import Compute
import TestSupport
import Testing

@testable import TensorFiles

@Suite struct InflationTests {
  static let contents: [[UInt8]] = {
    var random = SeededGenerator(state: 7)
    let noise = (0..<70_001).map { _ in UInt8.random(in: 0...255, using: &random) }
    var sparse = [UInt8](repeating: 0, count: 600_000)
    for _ in 0..<3000 { sparse[Int.random(in: 0..<600_000, using: &random)] = 1 }
    return [[], [65], noise, sparse, [UInt8](repeating: 0, count: 100_003)]
  }()

  static func deflated(_ content: [UInt8], level: Int32) -> [UInt8] {
    var zlib = z_stream()
    deflateInit2_(
      &zlib, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&zlib) }
    var input = content
    let room = Int(deflateBound(&zlib, UInt(content.count))) + 64
    return input.withUnsafeMutableBufferPointer { from in
      [UInt8](unsafeUninitializedCapacity: room) { to, count in
        zlib.next_in = from.baseAddress
        zlib.avail_in = UInt32(from.count)
        zlib.next_out = to.baseAddress
        zlib.avail_out = UInt32(room)
        #expect(deflate(&zlib, Z_FINISH) == Z_STREAM_END)
        count = room - Int(zlib.avail_out)
      }
    }
  }

  static func whole(_ stream: [UInt8], size: Int) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: size)
    try result.withUnsafeMutableBytes { result in
      try stream.withUnsafeBytes { try Inflation.whole($0, into: result) }
    }
    return result
  }

  static func pieces(_ stream: [UInt8], size: Int, of pieceSize: Int) throws -> [UInt8] {
    var result: [UInt8] = []
    let finished = try stream.withUnsafeBytes {
      try Inflation.pieces($0, size: size, pieceSize: pieceSize) { piece, consumed in
        #expect(piece.count <= pieceSize && consumed <= stream.count)
        result.append(contentsOf: piece)
        return true
      }
    }
    #expect(finished)
    return result
  }

  @Test(arguments: [Int32(0), 1, 6, 9])
  func bothWaysGiveTheContent(level: Int32) throws {
    for content in Self.contents {
      let stream = Self.deflated(content, level: level)
      let whole = try Self.whole(stream, size: content.count)
      #expect(whole.elementsEqual(content))
      for pieceSize in [1000, 1 << 17] {
        let pieces = try Self.pieces(stream, size: content.count, of: pieceSize)
        #expect(pieces.elementsEqual(content), "pieces of \(pieceSize)")
      }
    }
  }

  @Test func wrongSizesAndTruncationAreErrors() throws {
    let content = Self.contents[2]
    let stream = Self.deflated(content, level: 6)
    for size in [0, content.count - 1, content.count + 1] {
      #expect(throws: ProgramError.self) { try Self.whole(stream, size: size) }
      #expect(throws: ProgramError.self) { try Self.pieces(stream, size: size, of: 4096) }
    }
    for length in [0, 1, 1000, stream.count - 1] {
      let cut = Array(stream[..<length])
      #expect(throws: ProgramError.self) { try Self.whole(cut, size: content.count) }
      #expect(throws: ProgramError.self) { try Self.pieces(cut, size: content.count, of: 4096) }
    }
  }

  @Test func aReaderMayStopEarly() throws {
    let stream = Self.deflated(Self.contents[3], level: 6)
    var seen = 0
    let finished = try stream.withUnsafeBytes {
      try Inflation.pieces($0, size: Self.contents[3].count, pieceSize: 1024) { piece, _ in
        seen += piece.count
        return seen < 3000
      }
    }
    #expect(!finished && seen == 3072)
  }

  @Test func checksumsContinue() {
    let bytes = Self.contents[2]
    bytes.withUnsafeBytes { bytes in
      let parts = [0..<7, 7..<4096, 4096..<bytes.count]
      let sum = parts.reduce(UInt32(0)) {
        Inflation.checksum($0, UnsafeRawBufferPointer(rebasing: bytes[$1]))
      }
      #expect(sum == UInt32(crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)))
    }
  }
}
