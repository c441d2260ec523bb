import Compute
import Foundation
import TestSupport
import Testing

@testable import Media

@Suite struct EXIFTests {
  /// A block of directories: entries of one value each; rationals lie behind the directories.
  static func block(bigEndian: Bool, first: [(Int, Int, Int)], own: [(Int, Int, [Int])] = [])
    -> [UInt8]
  {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 255) }
      return bigEndian ? bytes.reversed() : bytes
    }
    func value(_ type: Int, _ value: Int) -> [UInt8] {
      type == 3 ? number(value, 2) + [0, 0] : number(value, 4)
    }
    let hasOwn = !own.isEmpty
    let firstSize = 2 + (first.count + (hasOwn ? 1 : 0)) * 12 + 4
    let ownStart = 8 + firstSize
    let valueStart = ownStart + (hasOwn ? 2 + own.count * 12 + 4 : 0)
    var bytes = Array((bigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4)
    bytes += number(first.count + (hasOwn ? 1 : 0), 2)
    for (tag, type, content) in first {
      bytes += number(tag, 2) + number(type, 2) + number(1, 4) + value(type, content)
    }
    if hasOwn { bytes += number(0x8769, 2) + number(4, 2) + number(1, 4) + number(ownStart, 4) }
    bytes += number(0, 4)
    guard hasOwn else { return bytes }
    bytes += number(own.count, 2)
    var values: [UInt8] = []
    for (tag, type, content) in own {
      bytes += number(tag, 2) + number(type, 2) + number(1, 4)
      if type == 5 {
        bytes += number(valueStart + values.count, 4)
        values += content.flatMap { number($0, 4) }
      } else {
        bytes += value(type, content[0])
      }
    }
    return bytes + number(0, 4) + values
  }

  private static func whole(_ bigEndian: Bool) -> [UInt8] {
    block(
      bigEndian: bigEndian, first: [(0x010f, 2, 0), (0x0112, 3, 6)],
      own: [
        (0x920a, 5, [425, 100]), (0xa405, 3, [26]), (0xa20e, 5, [8000, 1]), (0xa20f, 5, [8000, 1]),
        (0xa210, 3, [3]), (0xa002, 4, [4032]), (0xa003, 3, [3024]),
      ])
  }

  @Test(arguments: [false, true]) func values(bigEndian: Bool) {
    let exif = EXIF(block: Self.whole(bigEndian))
    #expect(exif.orientation == 6)
    #expect(exif.focalLength == 4.25)
    #expect(exif.focalLengthOnFilm == 26)
    // 8000 a centimetre.
    #expect(exif.sensorResolution == SIMD2(800, 800))
    #expect(exif.size == SIMD2(4032, 3024))
  }

  @Test func unitsOfTheSensor() {
    for (unit, millimetre) in [(2, 25.4), (3, 10), (4, 1), (5, 0.001), (77, 25.4)] {
      let exif = EXIF(
        block: Self.block(
          bigEndian: true, first: [],
          own: [(0xa20e, 5, [50, 2]), (0xa20f, 5, [75, 3]), (0xa210, 3, [unit])]))
      #expect(exif.sensorResolution == SIMD2(25, 25) / millimetre)
    }
  }

  /// Zero, division by zero and orientations that there are not say nothing.
  @Test func nonsenseSaysNothing() {
    let exif = EXIF(
      block: Self.block(
        bigEndian: false, first: [(0x0112, 3, 9)],
        own: [(0x920a, 5, [5, 0]), (0xa405, 3, [0]), (0xa002, 4, [0]), (0xa003, 4, [10])]))
    #expect(exif == EXIF())
  }

  /// Every container keeps the block somewhere else.
  @Test func containers() {
    let block = Self.whole(true)
    let marked = Array("Exif\0\0".utf8) + block
    func big(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(value >> (8 * $0) & 255) }
    }
    let jpeg: [UInt8] =
      [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xe1] + big(marked.count + 2, 2) + marked
      + [0xff, 0xda, 0, 2]
    let png =
      PNGFile.signature + big(3, 4) + Array("tEXt".utf8) + [1, 2, 3, 0, 0, 0, 0]
      + big(block.count, 4)
      + Array("eXIf".utf8) + block + [0, 0, 0, 0]
    let webp =
      Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8X".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]
      + Array("EXIF".utf8) + big(marked.count, 4).reversed() + marked
    for bytes in [jpeg, png, webp, block] { #expect(EXIF(file: bytes) == EXIF(block: block)) }
    // After the pixels have begun nothing is looked for.
    let late: [UInt8] =
      [0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xe1] + big(marked.count + 2, 2) + marked
    #expect(EXIF(file: late) == EXIF())
    #expect(EXIF(file: [0xff, 0xd8, 0xff]) == EXIF() && EXIF(file: []) == EXIF())
  }

  /// Whatever is damaged, nothing traps, and what is said is in its range.
  @Test func damage() {
    let block = Self.whole(false)
    for count in 0..<block.count { check(EXIF(block: block[..<count])) }
    for index in block.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
        var damaged = block
        damaged[index] = value
        check(EXIF(block: damaged))
      }
    }
    var random = SeededGenerator(state: 5)
    for _ in 0..<2000 {
      var damaged = block
      for _ in 0..<8 {
        damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(
          truncatingIfNeeded: random.next())
      }
      check(EXIF(block: damaged))
    }
  }

  private func check(_ exif: EXIF) {
    #expect(1...8 ~= exif.orientation)
    #expect(exif.focalLength.map { $0 > 0 && $0.isFinite } ?? true)
    #expect(exif.focalLengthOnFilm.map { $0 > 0 && $0.isFinite } ?? true)
    #expect(exif.size.map { $0.x > 0 && $0.y > 0 } ?? true)
  }
}
