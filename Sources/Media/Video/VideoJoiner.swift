// Videos of consecutive pieces of a sequence into one, without encoding again.

import CMedia
import Compute

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
          var container = try cmedia_container(first.format.container, ticks: first.clock)
          try withCString(comment) { comment in
            try checked("the video cannot be started", .unavailable) {
              cmedia_joiner_open(
                &joiner, reader.decoder, &container, comment, file.descriptor, &number, $0)
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
