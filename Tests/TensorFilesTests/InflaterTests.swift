// zlib is the oracle: the same bytes for whatever it compresses, and the same verdict on damage.

import CZ
import Compute
import Testing

@testable import TensorFiles

@Suite struct InflaterTests {
  /// A generator of its own, so that every run sees the same bytes.
  struct Bytes {
    var state: UInt64
    mutating func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }

  static let contents: [(name: String, bytes: [UInt8])] = {
    var random = Bytes(state: 7)
    let noise = (0..<70_001).map { _ in random.next() }
    var sparse = [UInt8](repeating: 0, count: 600_000)
    for _ in 0..<3000 {
      sparse[Int(random.next()) << 11 + Int(random.next()) << 3 & 0x7ffff] = random.next()
    }
    let skewed = (0..<200_000).map { _ in
      UInt8(random.next().leadingZeroBitCount &* 16) | (random.next() & random.next() & 3)
    }
    let periods = (1...40).flatMap { period in
      (0..<1000).map { noise[period * 50 + $0 % period] }
    }
    // A match from as far back as there is.
    let far = Array(noise[..<32_768]) + Array(noise[..<500])
    return [
      ("nothing", []), ("a byte", [65]), ("noise", noise), ("sparse", sparse), ("skewed", skewed),
      ("periods", periods), ("far", far), ("zeros", [UInt8](repeating: 0, count: 100_003)),
    ]
  }()

  static func deflated(_ content: [UInt8], level: Int32, strategy: Int32) -> [UInt8] {
    var zlib = z_stream()
    deflateInit2_(
      &zlib, level, Z_DEFLATED, -15, 9, strategy, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&zlib) }
    var (input, room) = (content, Int(deflateBound(&zlib, UInt(content.count))) + 64)
    return input.withUnsafeMutableBufferPointer { from in
      [UInt8](unsafeUninitializedCapacity: room) { to, count in
        zlib.next_in = from.baseAddress
        zlib.avail_in = UInt32(from.count)
        zlib.next_out = to.baseAddress
        zlib.avail_out = UInt32(room)
        #expect(deflate(&zlib, Z_FINISH) == Z_STREAM_END)
        room -= Int(zlib.avail_out)
        count = room
      }
    }
  }

  /// What zlib makes of a stream; nil if it refuses it.
  static func inflatedByZlib(_ stream: [UInt8], limit: Int) -> [UInt8]? {
    var zlib = z_stream()
    inflateInit2_(&zlib, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { inflateEnd(&zlib) }
    var (input, output) = (stream, [UInt8](repeating: 0, count: limit))
    let status = input.withUnsafeMutableBufferPointer { from in
      output.withUnsafeMutableBufferPointer { to in
        zlib.next_in = from.baseAddress
        zlib.avail_in = UInt32(from.count)
        zlib.next_out = to.baseAddress
        zlib.avail_out = UInt32(limit)
        return inflate(&zlib, Z_FINISH)
      }
    }
    return status == Z_STREAM_END ? Array(output[..<(limit - Int(zlib.avail_out))]) : nil
  }

  static func inflated(_ stream: [UInt8], pieceSize: Int = 1 << 17, limit: Int = .max) throws
    -> [UInt8]
  {
    try stream.withUnsafeBytes { input in
      var inflater = Inflater(input, pieceSize: pieceSize)
      var output: [UInt8] = []
      while let piece = try inflater.next() {
        #expect(!piece.isEmpty)
        output.append(contentsOf: piece)
        if output.count > limit { break }
      }
      return output
    }
  }

  @Test(arguments: [0, 1, 6, 9] as [Int32])
  func everyStrategyGivesItsBytes(level: Int32) throws {
    for strategy in [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED] {
      for (name, bytes) in Self.contents {
        let stream = Self.deflated(bytes, level: level, strategy: strategy)
        for pieceSize in [100, 4096, 1 << 17] {
          #expect(
            try Self.inflated(stream, pieceSize: pieceSize) == bytes,
            "\(name), strategy \(strategy), pieces of \(pieceSize)")
        }
      }
    }
  }

  @Test func everyTruncationIsAnError() throws {
    for strategy in [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY] {
      let bytes = Array(Self.contents[4].bytes[..<900])
      let stream = Self.deflated(bytes, level: strategy == Z_FIXED ? 0 : 6, strategy: strategy)
      for count in 0..<stream.count {
        #expect(throws: ProgramError.self, "\(count) of \(stream.count)") {
          try Self.inflated(Array(stream[..<count]))
        }
      }
    }
  }

  @Test func damageIsJudgedAsByZlib() throws {
    var random = Bytes(state: 11)
    var refused = 0
    for strategy in [Z_DEFAULT_STRATEGY, Z_FIXED] {
      for (name, bytes) in Self.contents {
        let stream = Self.deflated(Array(bytes.prefix(3000)), level: 6, strategy: strategy)
        for _ in 0..<400 {
          var damaged = stream
          let place = min(Int(random.next()) * (1 + Int(random.next()) / 32), stream.count - 1)
          damaged[place] ^= 1 << (random.next() & 7)
          let limit = 1 << 20
          let expected = Self.inflatedByZlib(damaged, limit: limit)
          let found = try? Self.inflated(damaged, limit: limit)
          #expect(expected == found, "\(name), strategy \(strategy), byte \(place)")
          refused += expected == nil ? 1 : 0
        }
      }
    }
    #expect(refused > 1000)
  }

  @Test func noiseIsJudgedAsByZlib() throws {
    var random = Bytes(state: 3)
    for _ in 0..<3000 {
      // Mostly blocks with codes of their own, the kind with most to refuse.
      var stream = (0..<Int(random.next()) + 1).map { _ in random.next() }
      if random.next() > 60 { stream[0] = stream[0] & ~7 | 5 }
      let expected = Self.inflatedByZlib(stream, limit: 1 << 20)
      #expect(try expected == (try? Self.inflated(stream, limit: 1 << 20)))
    }
  }

  @Test func checksumsAreZlibs() {
    let noise = Self.contents[2].bytes
    for count in [0, 1, 15, 16, 17, 63, 127, 255, 256, 257, 300, 319, 320, 321, 4096, 65_537] {
      for start in [0, 1, 13] {
        for before in [0, 0xffff_ffff, 0x1234_5678] as [UInt32] {
          let part = Array(noise[start..<start + count])
          let expected = part.withUnsafeBufferPointer {
            count == 0 ? UInt(before) : crc32_z(UInt(before), $0.baseAddress, count)
          }
          let found = noise.withUnsafeBytes {
            updatedCRC32(before, UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
          }
          #expect(UInt(found) == expected, "\(count) bytes from \(start)")
        }
      }
    }
  }
}
