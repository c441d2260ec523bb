// A video file: what it says about itself, and its frames.

import CMedia
import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a video file states; names are libav's.
public struct VideoInfo: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// The average rate; nil when the file does not say.
  public let frameRate: FrameRate?
  /// Seconds.
  public let duration: Double
  /// From the file's index; 0 when it has none.
  public let frameCount: Int
  /// "h264"
  public let codec: String
  /// "High"
  public let profile: String
  /// "yuv420p"
  public let pixelFormat: String
  /// "bt709", "unknown", ...
  public let colorPrimaries: String
  public let colorTransfer: String
  public let colorMatrix: String
  /// "tv" (limited), "pc" (full) or "unknown".
  public let colorRange: String
  /// "left", "center", ...
  public let chromaLocation: String
  /// The file's comment; empty if it has none.
  public let comment: String
}

/// Decodes the first video track of a file to RGB.
public final class VideoReader {
  public let path: String
  public let info: VideoInfo
  let decoder: OpaquePointer
  private let row: Int
  private var rows: AlignedBuffer<UInt8>

  /// - Throws: when the file cannot be opened or holds no video that libavcodec can decode.
  public init(path: String) throws {
    // libav opens paths itself, and would wait for a pipe.
    let (descriptor, size) = try InputFile.open(path)
    close(descriptor)
    guard size > 0 else {
      throw ProgramError(.dataError, "the file is empty", file: path, found: "0 bytes")
    }
    var found = cmedia_video_info()
    var decoder: OpaquePointer?
    do {
      try checked("the video cannot be read") {
        cmedia_decoder_open(&decoder, path, Int64(Picture.mostPixels), &found, $0)
      }
      guard let decoder else { throw ProgramError(.dataError, "the video cannot be read") }
      try Picture.checkSize(width: Int(found.width), height: Int(found.height))
      self.decoder = decoder
    } catch let error as ProgramError {
      if let decoder { cmedia_decoder_close(decoder) }
      throw error.inFile(path)
    }
    self.path = path
    info = VideoInfo(found)
    // The scaler writes whole vectors.
    row = (info.width * 3 + 127) & ~63
    rows = AlignedBuffer(count: 0)
  }

  deinit { cmedia_decoder_close(decoder) }

  /// The next frame as 8-bit RGB, nil after the last one.
  public func nextFrame() throws -> Picture? {
    let (width, height) = (info.width, info.height)
    rows.reserve(row * height)
    var got: Int32 = 0
    do {
      try checked("the video cannot be decoded") {
        cmedia_decoder_next(decoder, rows.pointer, Int32(row), &got, $0)
      }
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
    guard got != 0 else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      if let base = buffer.baseAddress {
        for y in 0..<height {
          (base + y * width * 3).update(from: rows.pointer + y * row, count: width * 3)
        }
      }
      count = width * height * 3
    }
    return Picture(unchecked: width, height, 3, .bytes(bytes))
  }

  /// The number of coded frames in the file, counted without decoding them.
  public static func frameCount(path: String) throws -> Int {
    let reader = try VideoReader(path: path)
    var count: Int64 = 0
    do {
      try checked("the video cannot be read") {
        cmedia_decoder_count_packets(reader.decoder, &count, $0)
      }
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
    return Int(count)
  }

  /// Names of an MP4 file's outermost boxes in order: with "moov" before "mdat" it can be played
  /// while it is downloaded.
  public static func boxes(path: String) throws -> [String] {
    let (descriptor, _) = try InputFile.open(path)
    defer { close(descriptor) }
    var names: [String] = []
    var position: off_t = 0
    while true {
      var header = [UInt8](repeating: 0, count: 16)
      let got = pread(descriptor, &header, 16, position)
      guard got >= 8 else {
        if got == 0 { return names }
        throw ProgramError(.dataError, "a box is cut off", file: path)
      }
      func big(_ range: Range<Int>) -> UInt64 { header[range].reduce(0) { $0 << 8 | UInt64($1) } }
      names.append(String(decoding: header[4..<8], as: UTF8.self))
      let short = big(0..<4)
      let size = short == 1 && got == 16 ? big(8..<16) : short
      // A size of 0 reaches to the end of the file.
      if size == 0 { return names }
      guard size >= 8, size < 1 << 62, names.count < 10_000 else {
        throw ProgramError(.dataError, "a box has an impossible size", file: path, found: "\(size)")
      }
      let (next, overflow) = position.addingReportingOverflow(off_t(size))
      guard !overflow else {
        throw ProgramError(.dataError, "a box has an impossible size", file: path, found: "\(size)")
      }
      position = next
    }
  }
}

extension VideoInfo {
  init(_ found: cmedia_video_info) {
    width = Int(found.width)
    height = Int(found.height)
    frameRate = try? FrameRate(Int(found.rate_numerator), Int(found.rate_denominator))
    duration = found.duration
    frameCount = Int(found.frames)
    codec = text(found.codec)
    profile = text(found.profile)
    pixelFormat = text(found.pixel_format)
    colorPrimaries = text(found.primaries)
    colorTransfer = text(found.transfer)
    colorMatrix = text(found.matrix)
    colorRange = text(found.range)
    chromaLocation = text(found.chroma_location)
    comment = text(found.comment)
  }
}

/// The text in an array of C characters, which Swift sees as a tuple.
func text<T>(_ characters: T) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
