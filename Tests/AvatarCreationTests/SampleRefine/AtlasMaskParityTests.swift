import Compute
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// Masks of the atlas. The authors' pictures of 512 are not part of the golden data; what they become at
/// two sizes is.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct AtlasMaskParityTests {
  struct Golden {
    let size: Int
    let coverage: [UInt8]
    let parts: [UInt8]

    init(_ path: String) throws {
      let file = try NPZFile(path: path)
      size = try file.header("uv_u8").shape[0]
      coverage = try file.tensor("uv_u8").bytes()
      parts = try file.tensor("part_bits").bytes()
    }

    func masks(size wanted: Int) throws -> AtlasMasks {
      func picture(_ bytes: [UInt8]) throws -> PreparedPicture {
        PreparedPicture(try Picture(width: size, height: size, channels: 1, bytes: bytes))
      }
      return try AtlasMasks(
        mask: picture(coverage),
        parts: TexturePart.allCases.map { part in
          try picture(parts.map { $0 >> UInt8(part.rawValue) & 1 == 0 ? 0 : 255 })
        }, size: wanted, pool: PreparedParityTests.pool)
    }
  }

  static func golden() throws -> [Golden] {
    try Fixtures.files(in: "sample_refine", prefix: "uv_masks_", suffix: ".npz")
      .map { try Golden($0) }.sorted { $0.size < $1.size }
  }

  @Test func masksAtTheirSize() throws {
    for golden in try Self.golden() {
      let masks = try golden.masks(size: golden.size)
      #expect(masks.coverage == golden.coverage && masks.parts == golden.parts)
    }
  }

  /// A mask that was made smaller before differs along its edges only.
  @Test func smallerMasks() throws {
    let all = try Self.golden()
    guard let small = all.first, let large = all.last, small.size < large.size else { return }
    let masks = try large.masks(size: small.size)
    let differing = zip(masks.parts, small.parts).filter { $0 != $1 }.count
    #expect(differing < small.parts.count / 15, "\(differing)")
    let error = zip(masks.coverage, small.coverage).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(error <= 40, "\(error)")
  }

  /// Pictures of 512 as the authors have them, four parts of one bit and two grey, of which each texel of the
  /// golden data is a block: at 512 they are what they are, made smaller again they are the golden data
  /// wherever the mask is of one level all around.
  @Test func masksOfTheAuthorsSize() throws {
    let full = 512
    for golden in try Self.golden() where full % golden.size == 0 {
      let (size, step) = (golden.size, full / golden.size)
      func enlarged(_ plane: [UInt8]) -> [UInt8] {
        (0..<full * full).map { plane[$0 / full / step * size + $0 % full / step] }
      }
      let coverage = enlarged(golden.coverage)
      let mask = PreparedPicture(
        try Picture(
          width: full, height: full, channels: 3, bytes: coverage.flatMap { [$0, $0, $0] }))
      let planes = TexturePart.allCases.map { part in
        enlarged(golden.parts.map { $0 >> UInt8(part.rawValue) & 1 == 0 ? 0 : 255 })
      }
      let parts = try TexturePart.allCases.map { part in
        PreparedPicture(
          try Picture(width: full, height: full, channels: 1, bytes: planes[part.rawValue]),
          isOfOneBit: ![.foot, .hand].contains(part))
      }
      let whole = try AtlasMasks(
        mask: mask, parts: parts, size: full, pool: PreparedParityTests.pool)
      #expect(whole.coverage == coverage)
      let bits = coverage.indices.map { texel in
        coverage[texel] == 0
          ? 0
          : planes.indices.reduce(UInt8(0)) { $0 | (planes[$1][texel] > 0 ? 1 << UInt8($1) : 0) }
      }
      #expect(whole.parts == bits)
      for part in TexturePart.allCases {
        // A block and Lanczos's ringing beyond the box.
        let (box, margin) = (part.box(size: full), full / 24)
        #expect(
          bits.indices.allSatisfy {
            bits[$0] >> UInt8(part.rawValue) & 1 == 0
              || box.rows.contains(nearest($0 / full, margin, box.rows))
                && box.columns.contains(nearest($0 % full, margin, box.columns))
          }, "\(part)")
      }
      let again = try AtlasMasks(
        mask: mask, parts: parts, size: size, pool: PreparedParityTests.pool)
      var compared = 0
      for row in 3..<size - 3 {
        for column in 3..<size - 3 {
          let around = (-3...3).flatMap { y in
            (-3...3).map { (row + y) * size + column + $0 }
          }
          let texel = row * size + column
          guard around.allSatisfy({ golden.coverage[$0] == golden.coverage[texel] }),
            around.allSatisfy({ golden.parts[$0] == golden.parts[texel] })
          else { continue }
          compared += 1
          #expect(again.coverage[texel] == golden.coverage[texel])
          #expect(again.parts[texel] == golden.parts[texel])
        }
      }
      #expect(compared > size * size / 4, "\(compared)")
    }
  }

  /// A place moved into a range where it is no farther from it than a margin.
  private func nearest(_ place: Int, _ margin: Int, _ range: Range<Int>) -> Int {
    let moved = min(max(place, range.lowerBound), range.upperBound - 1)
    return abs(moved - place) <= margin ? moved : place
  }

  /// Boxes are a little smaller than their parts, and Lanczos rings a few texels beyond.
  @Test func partsLieInTheirBoxes() throws {
    for golden in try Self.golden() {
      for part in TexturePart.allCases {
        let box = part.box(size: golden.size)
        let texels = golden.parts.indices.filter {
          golden.parts[$0] >> UInt8(part.rawValue) & 1 == 1
        }
        try #require(!texels.isEmpty)
        let margin = golden.size / 24
        let rows = box.rows.lowerBound - margin..<box.rows.upperBound + margin
        let columns = box.columns.lowerBound - margin..<box.columns.upperBound + margin
        #expect(
          texels.allSatisfy {
            rows.contains($0 / golden.size) && columns.contains($0 % golden.size)
          }, "\(part) at \(golden.size)")
      }
    }
  }

  @Test func boxesAreRoundedUp() {
    let box = TexturePart.face.box(size: 256)
    #expect(box.rows == 0..<113 && box.columns == 0..<155)
    #expect(TexturePart.arms.box(size: 512).rows == 207..<383)
    #expect(TexturePart.hand.box(size: 96).columns == 60..<96)
  }
}
