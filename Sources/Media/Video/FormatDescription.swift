// Formats as the C shim takes them.

import CMedia
import Compute

extension cmedia_pixel_format {
  init(_ format: PixelFormat) throws {
    self.init()
    try setText(&name, format.name)
    try setText(&range, format.color.range)
    try setText(&primaries, format.color.primaries)
    try setText(&transfer, format.color.transfer)
    try setText(&matrix, format.color.matrix)
    try setText(&chroma_location, format.color.chromaLocation)
    chroma_width = Int32(format.chroma.across)
    chroma_height = Int32(format.chroma.down)
    bit_depth = Int32(format.bitDepth)
    has_alpha = format.hasAlpha ? 1 : 0
  }
}

extension cmedia_codec {
  init(_ settings: VideoSettings) throws {
    self.init()
    let encoder = settings.format.codec.encoder
    try setText(&self.encoder, encoder.name)
    try setText(
      &options,
      listed(encoder.options(quality: settings.quality, preset: settings.preset)))
    threads = Int32(settings.threads ?? encoder.defaultThreads)
    threads_take_frames = encoder.threading == .frames ? 1 : 0
    copies_frames = encoder.copiesFrames ? 1 : 0
    has_h264_note = encoder.hasH264Note ? 1 : 0
  }
}

extension cmedia_container {
  /// - Parameter ticks: a second of the file's clock.
  init(_ container: VideoContainer, ticks: Int) throws {
    self.init()
    try setText(&muxer, container.muxer)
    try setText(&options, listed(container.options(ticks: ticks)))
  }
}

extension cmedia_video_settings {
  /// Without the comment, whose memory is the caller's.
  init(_ settings: VideoSettings) throws {
    self.init()
    let size = settings.format.pixels.padded(width: settings.width, height: settings.height)
    let rate = settings.frameRate
    // Players expect a clock of some thousand ticks.
    var ticks = rate.numerator
    while ticks < 10_000 { ticks *= 2 }
    width = Int32(size.width)
    height = Int32(size.height)
    rate_numerator = Int32(rate.numerator)
    rate_denominator = Int32(rate.denominator)
    pixels = try cmedia_pixel_format(settings.format.pixels)
    codec = try cmedia_codec(settings)
    container = try cmedia_container(settings.format.container, ticks: ticks)
  }
}

private func listed(_ options: [LibraryOption]) -> String {
  options.map(\.description).joined(separator: ":")
}

/// Puts a text into an array of C characters, which Swift sees as a tuple.
///
/// - Throws: where the text and its end do not fit.
private func setText<T>(_ characters: inout T, _ text: String) throws {
  try withUnsafeMutableBytes(of: &characters) { bytes in
    guard text.utf8.count < bytes.count else {
      throw ProgramError(
        .software, "a name is too long for libav", expected: "\(bytes.count - 1) bytes",
        found: text)
    }
    bytes.copyBytes(from: text.utf8)
    bytes[text.utf8.count] = 0
  }
}
