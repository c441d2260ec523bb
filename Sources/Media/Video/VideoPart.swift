// A video that is to become a piece of another one.

import CMedia
import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A video as a piece of another one: what it states, and its packets looked at.
public struct VideoPart: Sendable {
  public let path: String
  public let info: VideoInfo
  /// Of the parts of a whole, and of the whole.
  let format: VideoFormat
  /// Frames, each shown once and for the same time.
  public let frameCount: Int
  /// The codec's parameter sets.
  let header: [UInt8]
  /// Ticks of the track's clock a second and a frame.
  let clock: Int
  let ticks: Int64
  /// How many frames earlier than it is shown a frame may have to be decoded.
  let delay: Int

  /// Frames that a codec may hold back; H.264 at most 16.
  private static let mostReordered: Int64 = 64

  /// Looks at every packet of a video.
  ///
  /// - Throws: for anything but one track of the format's codec that starts with a frame of its own and
  ///   shows frames evenly from 0 on, as this program writes them.
  public init(path: String, format: VideoFormat = .h264) throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw ProgramError(.noInput, "is not a regular file", file: path)
    }
    let reader = try VideoReader(path: path)
    var track = cmedia_track_info()
    cmedia_decoder_track(reader.decoder, &track)
    func fail(_ expected: String, _ found: String? = nil) -> ProgramError {
      ProgramError(
        .dataError, "the video cannot be joined as it is", file: path, expected: expected,
        found: found, hint: "join takes the videos that this program writes")
    }
    guard reader.info.codec == format.codec.name, track.tracks == 1 else {
      throw fail("one \(format.codec.title) track", "\(track.tracks) tracks, \(reader.info.codec)")
    }
    guard track.clock_numerator == 1, track.clock_denominator > 0, let base = track.header,
      track.header_size > 0
    else { throw fail("a track with a clock and parameter sets") }
    var count = 0
    var delay = 0
    var ticks: Int64 = 0
    var isShown: [Bool] = []
    while let packet = try reader.nextPacket() {
      if count == 0 {
        ticks = packet.duration
        guard packet.is_key != 0 else { throw fail("a video that starts with a key frame") }
      }
      guard packet.has_time != 0, packet.is_dropped == 0, ticks > 0, packet.duration == ticks,
        packet.shown_at >= 0, packet.shown_at % ticks == 0,
        packet.shown_at / ticks < Int64(count) + VideoPart.mostReordered
      else { throw fail("frames at even times from 0 on", "frame \(count) at \(packet.shown_at)") }
      let index = Int(packet.shown_at / ticks)
      while isShown.count <= index { isShown.append(false) }
      guard !isShown[index] else { throw fail("one frame at a time", "two as frame \(index)") }
      isShown[index] = true
      delay = max(delay, count - index)
      count += 1
    }
    guard count > 0, isShown.count == count else {
      throw fail("frames without gaps", "\(count) of \(isShown.count) frames")
    }
    self.path = path
    info = reader.info
    self.format = format
    frameCount = count
    header = Array(UnsafeBufferPointer(start: base, count: Int(track.header_size)))
    clock = Int(track.clock_denominator)
    self.ticks = ticks
    self.delay = delay
  }

  /// Throws unless a decoder that shows this video shows the other one without being told anything new.
  func checkFits(_ other: VideoPart) throws {
    let properties: [(String, (VideoPart) -> String)] = [
      ("size", { "\($0.info.width)x\($0.info.height)" }),
      ("frame rate", { "\($0.clock)/\($0.ticks)" }),
      ("pixel format", { $0.info.pixelFormat }),
      (
        "colours",
        {
          [
            $0.info.colorPrimaries, $0.info.colorTransfer, $0.info.colorMatrix, $0.info.colorRange,
            $0.info.chromaLocation,
          ].joined(separator: " ")
        }
      ),
      ("profile", { $0.info.profile }),
    ]
    for (name, value) in properties where value(self) != value(other) {
      throw ProgramError(
        .dataError, "the videos do not belong together: their \(name) differs", file: other.path,
        expected: "\(value(self)) as in \(path)", found: value(other))
    }
    guard header == other.header else {
      throw ProgramError(
        .dataError, "the videos do not belong together: they are encoded with other settings",
        file: other.path, expected: "the parameter sets of \(path)")
    }
  }
}
