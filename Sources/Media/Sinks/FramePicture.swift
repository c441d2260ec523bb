// A frame as a PNG picture, for the sinks of pictures.

import Compute

/// Writes one PNG picture; called once its file is open, so an unwritable folder is found first.
func writePNG(
  _ frame: FrameBuffer, _ meaning: PixelMeaning, with encoder: inout PNGEncoder,
  to file: PendingFile, synchronized: Bool = true
) throws {
  guard case .pixels(let pixels, let channels) = frame.storage else {
    throw ProgramError(.software, "a frame that is not a picture's", file: file.path)
  }
  do {
    if meaning == .depth {
      let count = frame.width * frame.height
      let words = (0..<count).map {
        UInt16(pixels[$0 * channels]) << 8 | UInt16(pixels[$0 * channels + 1])
      }
      try encoder.encode(
        Picture(width: frame.width, height: frame.height, channels: 1, words: words)
      ) { try file.write($0) }
      try file.commit(synchronized: synchronized)
      return
    }
    try encoder.encode(
      pixels: pixels, rowBytes: frame.width * channels, width: frame.width, height: frame.height,
      channels: channels, bitDepth: 8
    ) { try file.write($0) }
    try file.commit(synchronized: synchronized)
  } catch {
    file.discard()
    throw asProgramError(error).inFile(file.path)
  }
}
