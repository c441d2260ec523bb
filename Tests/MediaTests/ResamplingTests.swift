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
          0xfc7e_91f3_9994_22c9, 0xacbd_f407_4e1d_d9a9, 0x4af6_667f_7fc4_91e2,
          0xc317_274a_3a8d_3e53,
          0x9f34_cd8b_5e96_8483,
        ]
      ),
      (
        .bilinear,
        [
          0x8987_f738_f5e9_8c83, 0xe6d8_9bed_3464_ba8a, 0x9c61_6fd3_c3cd_907e,
          0xc98e_bdcf_0cb3_470f,
          0x2f9b_8e70_afca_b4dc,
        ]
      ),
      (
        .hamming,
        [
          0x3e19_c4dc_b1d3_64ba, 0xb3e9_d693_4327_9609, 0xbaad_ce2d_7a31_c42b,
          0x7ff3_1b5e_8e36_1ea4,
          0x6057_0fdd_3a6b_5607,
        ]
      ),
      (
        .bicubic,
        [
          0x2c9a_5dc4_d4fa_1c20, 0x114b_32ea_e830_30b8, 0xfe83_1949_b3ad_5599,
          0x6f17_5034_5d23_2efd,
          0x3712_7207_3b34_3c2c,
        ]
      ),
      (
        .lanczos,
        [
          0xb55c_c7e8_e43b_8bd2, 0x61c0_7a51_4290_51f5, 0xb217_fcb2_4817_21d3,
          0xbe1d_b318_f453_b1ac,
          0xedfa_8787_ab6c_1de5,
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
