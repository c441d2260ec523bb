import Compute
import Testing

@testable import Media

@Suite struct ResamplingTests {
  static let pool = WorkerPool(threads: 2)

  /// Pixels that no filter is symmetric about.
  static func picture(_ width: Int, _ height: Int) throws -> Picture {
    let bytes = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 * $0 / 7) }
    return try Picture(width: width, height: height, channels: 3, bytes: bytes)
  }

  static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Hashes of what Pillow 8.4 makes of the same pixels.
  @Test(
    arguments: [
      (
        ResamplingFilter.box,
        [
          0x56234c7999422c9, 0xba833dd84e1dd9a9, 0x1750a1b27fc491e2, 0x4bda199d3a8d3e53,
          0xf00450655e968483,
        ]
      ),
      (
        .bilinear,
        [
          0x35a4f9e7f5e98c83, 0xe68b7c233464ba8a, 0x7c692823c3cd907e, 0x7de94b970cb3470f,
          0x7b43015aafcab4dc,
        ]
      ),
      (
        .hamming,
        [
          0x7aae0617b1d364ba, 0x3a5e7e5743279609, 0x4bfd6ebf7a31c42b, 0xba428078e361ea4,
          0x702399b03a6b5607,
        ]
      ),
      (
        .bicubic,
        [
          0xb0a24aa7d4fa1c20, 0x2c274e21e83030b8, 0xa407b229b3ad5599, 0xb73d7d6e5d232efd,
          0xa0af9bd13b343c2c,
        ]
      ),
      (
        .lanczos,
        [
          0x1e2ea37ce43b8bd2, 0x939add32429051f5, 0x24c3fdec481721d3, 0xb81e0ac1f453b1ac,
          0x33944078ab6c1de5,
        ]
      ),
    ] as [(ResamplingFilter, [UInt64])])
  func pillow(filter: ResamplingFilter, expected: [UInt64]) throws {
    let source = try Self.picture(47, 31)
    for (size, hash) in zip([(20, 12), (90, 70), (13, 31), (47, 64), (60, 9)], expected) {
      let result = try source.resampled(
        width: size.0, height: size.1, filter: filter, pool: Self.pool)
      #expect(Self.hash(result.bytes()) == hash, "\(size)")
    }
  }

  @Test func theSameSizeIsTheSamePicture() throws {
    let source = try Self.picture(9, 7)
    #expect(try source.resampled(width: 9, height: 7, filter: .lanczos, pool: Self.pool) == source)
  }

  @Test func threadsChangeNothing() throws {
    let source = try Self.picture(101, 77)
    let results = try [1, 5].map {
      try source.resampled(
        width: 64, height: 64, filter: .bicubic, pool: WorkerPool(threads: $0))
    }
    #expect(results[0] == results[1])
  }

  @Test func sizesAreChecked() throws {
    let source = try Self.picture(3, 3)
    #expect(throws: ProgramError.self) {
      try source.resampled(width: 0, height: 3, filter: .box, pool: Self.pool)
    }
  }
}
