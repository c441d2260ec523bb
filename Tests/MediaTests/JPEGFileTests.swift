import Compute
import Foundation
import Testing

@testable import Media

@Suite struct JPEGFileTests {
  private func bytes(_ text: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: text)))
  }

  /// Inserts an EXIF block after the start marker.
  private func oriented(_ file: [UInt8], _ orientation: UInt8, bigEndian: Bool) -> [UInt8] {
    let tiff: [UInt8] =
      bigEndian
      ? [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
    let content = Array("Exif".utf8) + [0, 0] + tiff
    return file[..<2] + [0xff, 0xe1, 0, UInt8(content.count + 2)] + content + file[2...]
  }

  /// Quality 95 without subsampling stays within a few levels of what was stored.
  @Test(arguments: [JPEGSamples.rgb, JPEGSamples.progressive]) func color(text: String) throws {
    let picture = try PictureFile.read(bytes: bytes(text))
    #expect(picture.width == 17 && picture.height == 13 && picture.channels == 3)
    let samples = picture.bytes()
    for y in 0..<13 {
      for x in 0..<17 {
        for (channel, value) in [x * 10, y * 12, 128].enumerated() {
          let found = Int(samples[(y * 17 + x) * 3 + channel])
          #expect(abs(found - value) <= 6, "(\(x), \(y)) channel \(channel)")
        }
      }
    }
  }

  @Test func grey() throws {
    let picture = try JPEGFile.read(bytes: bytes(JPEGSamples.grey))
    #expect(picture.width == 9 && picture.height == 5 && picture.channels == 1)
    for (index, value) in picture.bytes().enumerated() {
      #expect(abs(Int(value) - index % 9 * 10) <= 3, "sample \(index)")
    }
  }

  /// Ink by Adobe's rule (255 is bare paper) and, without its mark, by the plain one.
  @Test func fourInks() throws {
    let file = try bytes(JPEGSamples.cmyk)
    let mark = try #require(file.indices.first { file[$0...].starts(with: "Adobe".utf8) })
    var plain = file
    // The mark of somebody else.
    plain[mark] = UInt8(ascii: "B")
    for (bytes, isInverted) in [(file, true), (plain, false)] {
      let picture = try JPEGFile.read(bytes: bytes)
      #expect(picture.width == 3 && picture.height == 3 && picture.channels == 3)
      let samples = picture.bytes()
      for pixel in 0..<9 {
        // As another reader of the file has them.
        let stored = [[0, 10, 19][pixel % 3], [0, 12, 24][pixel / 3], 128, 60]
        let bare = stored.map { Float(isInverted ? $0 : 255 - $0) / 255 }
        for channel in 0..<3 {
          let expected = bare[channel] * bare[3] * 255
          #expect(abs(Float(samples[pixel * 3 + channel]) - expected) <= 1, "pixel \(pixel)")
        }
      }
    }
  }

  /// Orientation n says where the first row and column of the file are shown; the table is the one
  /// of the EXIF standard: which corner of the result shows the file's top left, and whether rows
  /// became columns.
  @Test(arguments: [false, true]) func orientation(bigEndian: Bool) throws {
    let file = try bytes(JPEGSamples.rgb)
    let plain = try JPEGFile.read(bytes: file)
    let stored = plain.bytes()
    for orientation in 1...8 {
      let turned = try JPEGFile.read(
        bytes: oriented(file, UInt8(orientation), bigEndian: bigEndian))
      let swapped = orientation >= 5
      #expect(turned.width == (swapped ? 13 : 17) && turned.height == (swapped ? 17 : 13))
      let shown = turned.bytes()
      for y in 0..<13 {
        for x in 0..<17 {
          let (column, row) =
            switch orientation {
            case 2: (16 - x, y)
            case 3: (16 - x, 12 - y)
            case 4: (x, 12 - y)
            case 5: (y, x)
            case 6: (12 - y, x)
            case 7: (12 - y, 16 - x)
            case 8: (y, 16 - x)
            default: (x, y)
            }
          let index = (row * turned.width + column) * 3
          #expect(
            shown[index..<index + 3] == stored[(y * 17 + x) * 3..<(y * 17 + x) * 3 + 3],
            "orientation \(orientation), stored (\(x), \(y))")
        }
      }
    }
  }

  @Test func truncationThrows() throws {
    for text in [JPEGSamples.rgb, JPEGSamples.progressive, JPEGSamples.grey] {
      let whole = try bytes(text)
      // Without its end marker (the last two bytes) every pixel is still there; anything shorter
      // than the last coded byte is not.
      for count in 0..<whole.count - 3 {
        #expect(throws: ProgramError.self, "\(count) of \(whole.count) bytes") {
          try PictureFile.read(bytes: Array(whole[..<count]))
        }
      }
    }
  }

  /// Damage cannot always be seen in a JPEG, but it must never crash, and a picture that does come
  /// out has the size that the file then states.
  @Test func damagedBytesThrowOrDecode() throws {
    for text in [JPEGSamples.rgb, JPEGSamples.progressive] {
      let whole = try bytes(text)
      for index in whole.indices {
        for flip in [UInt8(1), 0x10, 0xff] {
          var damaged = whole
          damaged[index] ^= flip
          if let picture = try? PictureFile.read(bytes: damaged) {
            #expect(picture.bytes().count == picture.width * picture.height * picture.channels)
          }
        }
      }
    }
  }

  @Test func hugeHeadersAreRefusedBeforeAllocating() throws {
    var file = try bytes(JPEGSamples.rgb)
    let frame = try #require(file.indices.first { file[$0] == 0xff && file[$0 + 1] == 0xc0 })
    // Height and width follow the length (2) and the precision (1).
    for (offset, value) in [(5, 0x7f), (6, 0xff), (7, 0x3f), (8, 0xff)] as [(Int, UInt8)] {
      file[frame + offset] = value
    }
    let error = thrownError { _ = try JPEGFile.read(bytes: file) }
    #expect(error.expected?.contains("at least") == true, "\(error)")
    file[frame + 5] = 0x80
    #expect(thrownError { _ = try JPEGFile.read(bytes: file) }.what.contains("out of bounds"))
  }
}
