extension Picture {
  /// The picture turned and mirrored as EXIF orientation 1 ... 8 says it is to be shown.
  public func upright(orientation: Int) -> Picture {
    guard 2...8 ~= orientation else { return self }
    let result: Samples =
      switch samples {
      case .bytes(let bytes): .bytes(turned(bytes, orientation))
      case .words(let words): .words(turned(words, orientation))
      }
    let isTransposed = orientation >= 5
    return Picture(
      unchecked: isTransposed ? height : width, isTransposed ? width : height, channels, result)
  }

  private func turned<Sample>(_ source: [Sample], _ orientation: Int) -> [Sample] {
    let transposed = orientation >= 5
    let outWidth = transposed ? height : width
    let outHeight = transposed ? width : height
    let mirrorX = [2, 3, 7, 8].contains(orientation)
    let mirrorY = [3, 4, 6, 7].contains(orientation)
    let (width, height, channels) = (width, height, channels)
    return [Sample](unsafeUninitializedCapacity: source.count) { result, count in
      source.withUnsafeBufferPointer { source in
        for y in 0..<outHeight {
          for x in 0..<outWidth {
            // In the stored picture's axes, before mirroring.
            let u = transposed ? y : x
            let v = transposed ? x : y
            let from = (mirrorY ? height - 1 - v : v) * width + (mirrorX ? width - 1 - u : u)
            for channel in 0..<channels {
              result[(y * outWidth + x) * channels + channel] = source[from * channels + channel]
            }
          }
        }
      }
      count = source.count
    }
  }
}
