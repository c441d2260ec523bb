import Media

extension Picture {
  /// A part of the picture in 8 bits, zeros where it reaches outside.
  ///
  /// - Throws: for a size that no picture has.
  func padded(from left: Int, _ top: Int, width newWidth: Int, height newHeight: Int) throws
    -> Picture
  {
    guard newWidth > 0, newHeight > 0 else {
      return try Picture(width: newWidth, height: newHeight, channels: channels, bytes: [])
    }
    let source = bytes()
    let columns = max(left, 0)..<max(max(left, 0), min(left + newWidth, width))
    let rows = max(top, 0)..<max(max(top, 0), min(top + newHeight, height))
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    for y in rows where !columns.isEmpty {
      let from = (y * width + columns.lowerBound) * channels
      let to = ((y - top) * newWidth + columns.lowerBound - left) * channels
      result.replaceSubrange(
        to..<to + columns.count * channels, with: source[from..<from + columns.count * channels])
    }
    return try Picture(width: newWidth, height: newHeight, channels: channels, bytes: result)
  }
}
