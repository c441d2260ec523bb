// Pictures, folders and hand-made PNG bytes that the suites of this module share.

import Compute
import Foundation
import Media
import TestSupport
import Testing

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/media-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Names in the folder, sorted, hidden ones too.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// A picture of noise.
func noise(_ width: Int, _ height: Int, _ channels: Int, depth: Int, seed: UInt64 = 7) throws
  -> Picture
{
  var random = SeededGenerator(state: seed)
  let count = width * height * channels
  if depth == 8 {
    return try Picture(
      width: width, height: height, channels: channels, bytes: random.bytes(count))
  }
  return try Picture(
    width: width, height: height, channels: channels,
    words: (0..<count).map { _ in UInt16(truncatingIfNeeded: random.next()) })
}

/// The error that `body` throws; a failure when it does not throw one of ours.
func thrownError(
  _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) -> ProgramError {
  do {
    try body()
  } catch let error as ProgramError {
    return error
  } catch {
    Issue.record("not a ProgramError: \(error)", sourceLocation: sourceLocation)
    return ProgramError(.software, "not a ProgramError")
  }
  Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  return ProgramError(.software, "nothing was thrown")
}

/// Writes PNG files that our own writer never makes: palettes, few bits, interlacing, lies.
struct PNGBuilder {
  var width: Int
  var height: Int
  var depth: Int
  /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
  var colorType: Int
  var interlaced = false
  var extraChunks: [(String, [UInt8])] = []

  var bitsPerPixel: Int { depth * [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType, default: 1] }

  /// The file for samples in row order, each `depth` bits wide.
  func file(_ samples: [Int]) -> [UInt8] {
    let channels = bitsPerPixel / depth
    var data: [UInt8] = []
    func appendRow(_ columns: [Int], _ y: Int) {
      data.append(0)  // filter: none
      var bits = 0
      var held = 0
      for x in columns {
        for channel in 0..<channels {
          bits = bits << depth | samples[(y * width + x) * channels + channel]
          held += depth
          while held >= 8 {
            data.append(UInt8(truncatingIfNeeded: bits >> (held - 8)))
            held -= 8
          }
        }
      }
      if held > 0 { data.append(UInt8(truncatingIfNeeded: bits << (8 - held))) }
    }
    if interlaced {
      // Adam7: first column, first row, column step, row step.
      for (x0, y0, dx, dy) in [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ] {
        let columns = Array(stride(from: x0, to: width, by: dx))
        if columns.isEmpty { continue }
        for y in stride(from: y0, to: height, by: dy) { appendRow(columns, y) }
      }
    } else {
      for y in 0..<height { appendRow(Array(0..<width), y) }
    }
    return file(zlib: PNGBuilder.stored(data))
  }

  /// The file around any compressed data.
  func file(zlib: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    let tail = [UInt8(depth), UInt8(colorType), 0, 0, interlaced ? 1 : 0]
    bytes += PNGBuilder.chunk("IHDR", big(width) + big(height) + tail)
    for (name, content) in extraChunks { bytes += PNGBuilder.chunk(name, content) }
    bytes += PNGBuilder.chunk("IDAT", zlib)
    return bytes + PNGBuilder.chunk("IEND", [])
  }

  private func big(_ value: Int) -> [UInt8] { PNGBuilder.big(UInt32(value)) }

  private static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    var crc = UInt32.max
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return big(UInt32(content.count)) + body + big(~crc)
  }

  /// A zlib stream of stored blocks.
  static func stored(_ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 65535, data.count)
      let length = UInt16(end - start)
      bytes.append(end == data.count ? 1 : 0)
      bytes += [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
      bytes += data[start..<end]
      start = end
    } while start < data.count
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in data {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return bytes + big(b << 16 | a)
  }
}
