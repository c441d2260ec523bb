// From the renderer's rows to the planes of a pixel format.

/// A band of finished rows of a picture.
struct PixelBand {
  /// The first row of the band: RGB, or RGBA with straight alpha, of 8 bits; for depth a 16-bit number
  /// with its high byte in red and its low byte in green.
  let pixels: UnsafePointer<UInt8>
  /// From a row to the next.
  let bytesPerRow: Int
  /// 3 or 4.
  let channels: Int
  /// Of the picture.
  let width: Int
  let height: Int
  /// Starts at a whole chroma sample, ends at one or at `height`.
  let rows: Range<Int>
}

/// What fills the planes of a pixel format; called for several bands of a picture at once.
struct PixelConversion: Sendable, Equatable {
  let name: String
  let convert: @Sendable (PixelBand, FramePlanes) -> Void

  static func == (a: PixelConversion, b: PixelConversion) -> Bool { a.name == b.name }

  /// `ColorConversion`: three planes of 8 bits, the two of chroma at half the size both ways. Alpha is
  /// ignored, a last odd column and row are repeated.
  static let bt709Limited420 = PixelConversion(name: "bt709 limited 4:2:0, 8 bits") {
    band, to in
    ColorConversion.convert(
      band.pixels, bytesPerRow: band.bytesPerRow, channels: band.channels, width: band.width,
      height: band.height, rows: band.rows,
      to: YUVPlanes(
        y: to.planes[0].base, u: to.planes[1].base, v: to.planes[2].base,
        yStride: to.planes[0].stride, chromaStride: to.planes[1].stride, width: to.width,
        height: to.height))
  }
}
