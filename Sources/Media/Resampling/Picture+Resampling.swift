import Compute

extension Picture {
  /// The picture with another number of pixels, in 8 bits.
  ///
  /// Matches: `Image.resize` of Pillow 8 for 8-bit pictures, byte for byte: antialiased, weights in fixed
  /// point, the horizontal pass first, each pass rounded to bytes, neither where that side keeps its
  /// size. Alpha is multiplied in before and divided out after, in bytes.
  ///
  /// - Parameter pool: runs over rows; the result does not depend on its threads.
  /// - Throws: for a size that no picture has.
  public func resampled(
    width newWidth: Int, height newHeight: Int, filter: ResamplingFilter, pool: WorkerPool
  ) throws -> Picture {
    try Picture.checkSize(width: newWidth, height: newHeight, .usage)
    let channels = channels
    try MemoryBudget.require(
      MemoryBudget.product(newWidth, height + newHeight, channels), for: "the resized picture")
    guard newWidth != width || newHeight != height else { return converted(toBitDepth: 8) }
    var pixels = bytes()
    if hasAlpha { Self.multiplyAlpha(into: &pixels, channels: channels) }
    if newWidth != width {
      let taps = ResamplingTaps(from: width, to: newWidth, filter: filter)
      let width = width
      pixels = Self.rows(height, of: newWidth * channels, from: pixels, pool) {
        source, row, result in
        for x in 0..<newWidth {
          let start = (row * width + taps.starts[x]) * channels
          for channel in 0..<channels {
            result[x * channels + channel] = taps.sum(
              source + start + channel, step: channels, of: x)
          }
        }
      }
    }
    if newHeight != height {
      let taps = ResamplingTaps(from: height, to: newHeight, filter: filter)
      let length = newWidth * channels
      pixels = Self.rows(newHeight, of: length, from: pixels, pool) { source, row, result in
        let start = source + taps.starts[row] * length
        for column in 0..<length {
          result[column] = taps.sum(start + column, step: length, of: row)
        }
      }
    }
    if hasAlpha { Self.divideAlpha(outOf: &pixels, channels: channels) }
    return Picture(unchecked: newWidth, newHeight, channels, .bytes(pixels))
  }

  /// The picture with another number of pixels, each the nearest one of the source, in 8 bits.
  ///
  /// Matches: `Image.resize` of Pillow with NEAREST, which it takes for pictures of one bit whatever filter
  /// is asked for.
  ///
  /// - Throws: for a size that no picture has.
  public func nearest(width newWidth: Int, height newHeight: Int) throws -> Picture {
    try Picture.checkSize(width: newWidth, height: newHeight, .usage)
    try MemoryBudget.require(
      MemoryBudget.product(newWidth, newHeight, channels), for: "the resized picture")
    func sources(_ count: Int, of size: Int) -> [Int] {
      let scale = Double(size) / Double(count)
      return (0..<count).map { min(Int(saturating: (Double($0) + 0.5) * scale, .down), size - 1) }
    }
    let (columns, rows) = (sources(newWidth, of: width), sources(newHeight, of: height))
    let (pixels, channels) = (bytes(), channels)
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        for channel in 0..<channels {
          result[(y * newWidth + x) * channels + channel] =
            pixels[(row * width + column) * channels + channel]
        }
      }
    }
    return Picture(unchecked: newWidth, newHeight, channels, .bytes(result))
  }

  private static func multiplyAlpha(into pixels: inout [UInt8], channels: Int) {
    for start in stride(from: 0, to: pixels.count, by: channels) {
      let alpha = UInt32(pixels[start + channels - 1])
      for index in start..<start + channels - 1 {
        let product = UInt32(pixels[index]) * alpha + 128
        pixels[index] = UInt8(truncatingIfNeeded: ((product >> 8) + product) >> 8)
      }
    }
  }

  private static func divideAlpha(outOf pixels: inout [UInt8], channels: Int) {
    for start in stride(from: 0, to: pixels.count, by: channels) {
      let alpha = UInt32(pixels[start + channels - 1])
      guard alpha != 0, alpha != 255 else { continue }
      for index in start..<start + channels - 1 {
        pixels[index] = UInt8(clamping: 255 * UInt32(pixels[index]) / alpha)
      }
    }
  }

  private static func rows(
    _ count: Int, of length: Int, from source: [UInt8], _ pool: WorkerPool,
    _ body: @Sendable (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count * length) { result, filled in
      source.withUnsafeBufferPointer { source in
        guard let first = source.baseAddress, let line = result.baseAddress else { return }
        // Each call writes a row of its own.
        nonisolated(unsafe) let (from, to) = (first, line)
        withoutActuallyEscaping(body) { body in
          pool.run(count) { row, _ in body(from, row, to + row * length) }
        }
      }
      filled = count * length
    }
  }
}

extension ResamplingTaps {
  /// The byte that the source pixels of result pixel `index` add up to, `step` apart from `source` on.
  @inline(__always)
  func sum(_ source: UnsafePointer<UInt8>, step: Int, of index: Int) -> UInt8 {
    weights.withUnsafeBufferPointer { weights in
      var sum = Int32(1) << (Self.fractionBits - 1)
      for tap in 0..<counts[index] {
        sum &+= Int32(source[tap * step]) &* weights[index * stride + tap]
      }
      return UInt8(clamping: sum >> Self.fractionBits)
    }
  }
}
