// Videos of consecutive pieces of a sequence into one, without encoding again.

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
  /// - Throws: for anything but one H.264 track that starts with a frame of its own and shows frames
  ///   evenly from 0 on, as this program writes them.
  public init(path: String) throws {
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
    guard reader.info.codec == "h264", track.tracks == 1 else {
      throw fail("one H.264 track", "\(track.tracks) tracks, \(reader.info.codec)")
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
    frameCount = count
    header = Array(UnsafeBufferPointer(start: base, count: Int(track.header_size)))
    clock = Int(track.clock_denominator)
    self.ticks = ticks
    self.delay = delay
  }

  /// Throws unless a decoder that shows this video shows the other one without being told anything new.
  public func checkFits(_ other: VideoPart) throws {
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

/// Copies the packets of parts one after the other into a new file.
public enum VideoJoiner {
  /// - Parameters:
  ///   - parts: in their order; they must fit each other.
  ///   - comment: a line about the whole.
  ///   - overwrite: whether a file of that name may be replaced.
  ///   - progress: called now and then with the frames copied so far and all; returning false throws
  ///     `interrupted` and leaves nothing.
  public static func join(
    _ parts: [VideoPart], to path: String, comment: String? = nil, overwrite: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> FinishedOutput {
    guard let first = parts.first else {
      throw ProgramError(.usage, "there is nothing to join", file: path)
    }
    for part in parts.dropFirst() { try first.checkFits(part) }
    let total = parts.reduce(0) { $0 + $1.frameCount }
    // The same for all, so that decoding times never run backwards where parts meet.
    let delay = Int64(parts.map(\.delay).max() ?? 0)
    let file = try PendingFile(path: path, overwrite: overwrite)
    defer { file.discard() }
    var joiner: OpaquePointer?
    defer { if let joiner { cmedia_joiner_close(joiner) } }
    /// A failed write is the system's message, anything else libav's.
    func checkedWrite(_ call: (UnsafeMutablePointer<CChar>) -> Int32) throws {
      do {
        try checked("the videos cannot be joined", .inputOutput, call)
      } catch let error as ProgramError {
        let number = joiner.map { cmedia_joiner_write_error($0) } ?? 0
        throw number == 0
          ? error.inFile(path) : systemError(number, "cannot be written", path, .inputOutput)
      }
    }
    var done = 0
    for part in parts {
      let reader = try VideoReader(path: part.path)
      if joiner == nil {
        var number: Int32 = 0
        do {
          try withCStrings("", comment) { _, comment in
            try checked("the video cannot be started", .unavailable) {
              cmedia_joiner_open(&joiner, reader.decoder, comment, file.descriptor, &number, $0)
            }
          }
        } catch let error as ProgramError {
          throw number == 0
            ? error.inFile(path) : systemError(number, "cannot be written", path, .inputOutput)
        }
      }
      guard let joiner else { throw ProgramError(.software, "no joiner", file: path) }
      let start = done
      while let packet = try reader.nextPacket() {
        guard done < start + part.frameCount, packet.has_time != 0 else { throw changed(part) }
        try checkedWrite {
          cmedia_joiner_copy(
            joiner, reader.decoder, (Int64(done) - delay) * part.ticks,
            packet.shown_at + Int64(start) * part.ticks, part.ticks, $0)
        }
        done += 1
        if done % 256 == 0, !progress(done, total) {
          throw ProgramError(.interrupted, "interrupted", file: path)
        }
      }
      guard done == start + part.frameCount else { throw changed(part) }
    }
    if let joiner { try checkedWrite { cmedia_joiner_finish(joiner, $0) } }
    let found = try VideoReader.frameCount(path: file.temporaryPath)
    guard found == total else {
      throw ProgramError(
        .inputOutput, "the finished video has lost frames", file: path, expected: "\(total)",
        found: "\(found)")
    }
    _ = progress(total, total)
    try file.commit()
    return FinishedOutput(path: path, frameCount: total)
  }

  private static func changed(_ part: VideoPart) -> ProgramError {
    ProgramError(.dataError, "the video changed while it was read", file: part.path)
  }
}

extension VideoReader {
  /// The next packet in the order of decoding, nil after the last one.
  func nextPacket() throws -> cmedia_packet_info? {
    var packet = cmedia_packet_info()
    var got: Int32 = 0
    do {
      try checked("the video cannot be read") { cmedia_decoder_packet(decoder, &packet, &got, $0) }
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
    return got == 0 ? nil : packet
  }
}
