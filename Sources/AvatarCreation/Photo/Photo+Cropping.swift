extension Photo {
  func cropped(to box: PixelBox) -> Photo {
    var part: [UInt8] = []
    part.reserveCapacity(box.width * box.height * 3)
    var opacity: [UInt8]? = alpha.map { _ in [] }
    for y in box.top..<box.top + box.height {
      let row = y * width + box.left
      part += pixels[(row * 3)..<((row + box.width) * 3)]
      if let alpha { opacity?.append(contentsOf: alpha[row..<(row + box.width)]) }
    }
    return Photo(
      width: box.width, height: box.height, pixels: part, alpha: opacity, focalLength: focalLength)
  }
}
