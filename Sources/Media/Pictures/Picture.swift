// A picture in memory: what the readers give, the writers take and textures are made of.

import CMedia
import Compute

/// Rows of interleaved samples, top row first, without padding; alpha is straight.
///
/// samples: (height, width, channels); 1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGBA.
public struct Picture: Sendable, Equatable {
  /// The samples in the depth they were stored in.
  public enum Samples: Sendable, Equatable {
    /// 0 ... 255
    case bytes([UInt8])
    /// 0 ... 65535
    case words([UInt16])
  }

  /// The largest width and height that is read or written.
  static let largestSide = Int(CMEDIA_LARGEST_SIDE)
  /// The most pixels that are read or written (512 Mpx).
  static let mostPixels = 512 << 20

  public let width: Int
  public let height: Int
  /// 1, 2, 3 or 4.
  public let channels: Int
  public let samples: Samples

  /// 8 or 16 bits a sample.
  public var bitDepth: Int {
    if case .words = samples { 16 } else { 8 }
  }

  /// Whether the last channel is alpha.
  public var hasAlpha: Bool { channels == 2 || channels == 4 }

  /// - Throws: when the size is out of bounds, or there are not width * height * channels bytes.
  public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) throws {
    try self.init(width: width, height: height, channels: channels, samples: .bytes(bytes))
  }

  /// - Throws: when the size is out of bounds, or there are not width * height * channels words.
  public init(width: Int, height: Int, channels: Int, words: [UInt16]) throws {
    try self.init(width: width, height: height, channels: channels, samples: .words(words))
  }

  public init(width: Int, height: Int, channels: Int, samples: Samples) throws {
    try Picture.checkSize(width: width, height: height)
    guard 1...4 ~= channels else {
      throw ProgramError(
        .dataError, "a picture has 1 to 4 channels", expected: "1 to 4", found: "\(channels)")
    }
    let count =
      switch samples {
      case .bytes(let bytes): bytes.count
      case .words(let words): words.count
      }
    guard count == width * height * channels else {
      throw ProgramError(
        .dataError, "the picture's samples do not fit its size",
        expected: "\(width) x \(height) x \(channels) = \(width * height * channels)",
        found: "\(count)")
    }
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// - Parameters:
  ///   - code: `usage` for a size that was asked for, `dataError` for one out of a file.
  ///   - file: the picture's, where it is known.
  /// - Throws: unless both sides are 1 ... `largestSide` and the area is at most `mostPixels`.
  static func checkSize(
    width: Int, height: Int, _ code: ProgramError.Code = .dataError, file: String? = nil
  ) throws {
    guard 1...largestSide ~= width, 1...largestSide ~= height, width * height <= mostPixels else {
      throw ProgramError(
        code, "the picture's size is out of bounds", file: file, key: "size",
        expected: "sides of 1 to \(largestSide) and at most \(mostPixels >> 20) Mpx",
        found: "\(width) x \(height)")
    }
  }

  /// The samples as 8 bits: 16-bit ones are divided by 257 and rounded.
  public func bytes() -> [UInt8] {
    switch samples {
    case .bytes(let bytes): bytes
    case .words(let words): words.map { UInt8((UInt32($0) + 128) / 257) }
    }
  }

  /// The samples as 16 bits: 8-bit ones are multiplied by 257.
  public func words() -> [UInt16] {
    switch samples {
    case .bytes(let bytes): bytes.map { UInt16($0) * 257 }
    case .words(let words): words
    }
  }

  /// The same picture in another depth, 8 or 16.
  public func converted(toBitDepth depth: Int) -> Picture {
    guard depth != bitDepth else { return self }
    return Picture(
      unchecked: width, height, channels, depth == 16 ? .words(words()) : .bytes(bytes()))
  }

  /// The same picture with another number of channels: grey becomes R = G = B, colour becomes grey
  /// by the bt709 weights, alpha is dropped or added as opaque.
  public func converted(toChannels wanted: Int) -> Picture {
    guard wanted != channels, 1...4 ~= wanted else { return self }
    switch samples {
    case .bytes(let bytes):
      return Picture(unchecked: width, height, wanted, .bytes(remapped(bytes, to: wanted)))
    case .words(let words):
      return Picture(unchecked: width, height, wanted, .words(remapped(words, to: wanted)))
    }
  }

  private func remapped<S: FixedWidthInteger & UnsignedInteger>(_ source: [S], to wanted: Int)
    -> [S]
  {
    let from = channels
    let pixels = width * height
    return [S](unsafeUninitializedCapacity: pixels * wanted) { result, count in
      source.withUnsafeBufferPointer { source in
        for pixel in 0..<pixels {
          let input = pixel * from
          let output = pixel * wanted
          let alpha = from == 2 || from == 4 ? source[input + from - 1] : S.max
          if wanted < 3 {
            if from < 3 {
              result[output] = source[input]
            } else {
              // 16-bit fractions of the bt709 weights; they add up to 65536.
              let sum =
                13933 * UInt64(source[input]) + 46871 * UInt64(source[input + 1])
                + 4732 * UInt64(source[input + 2])
              result[output] = S((sum + 32768) >> 16)
            }
          } else {
            for channel in 0..<3 {
              result[output + channel] = source[input + (from < 3 ? 0 : channel)]
            }
          }
          if wanted == 2 || wanted == 4 { result[output + wanted - 1] = alpha }
        }
      }
      count = pixels * wanted
    }
  }

  /// Calls `body` with the samples as they lie in memory.
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    switch samples {
    case .bytes(let bytes): try bytes.withUnsafeBytes(body)
    case .words(let words): try words.withUnsafeBytes(body)
    }
  }

  /// For results whose size and count are right by construction.
  init(unchecked width: Int, _ height: Int, _ channels: Int, _ samples: Samples) {
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }
}
