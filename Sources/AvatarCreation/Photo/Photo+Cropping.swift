import Compute

/// A part of a picture, pixels.
struct PhotoPart: Equatable {
  var x: Range<Int>
  var y: Range<Int>

  var width: Int { x.count }
  var height: Int { y.count }

  /// The pixels around some points, with a share of their longer side as margin, inside a picture; all
  /// of it if no point is.
  init(around points: [SIMD2<Float>], margin: Float, width: Int, height: Int) {
    (x, y) = (0..<width, 0..<height)
    let inside = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = inside.first else { return }
    let low = inside.reduce(first) { pointwiseMin($0, $1) }
    let high = inside.reduce(first) { pointwiseMax($0, $1) }
    let free = (high - low).max() * margin
    let x0 = max(0, Int(saturating: low.x - free, .down))
    let y0 = max(0, Int(saturating: low.y - free, .down))
    let x1 = min(width, Int(saturating: high.x + free, .up))
    let y1 = min(height, Int(saturating: high.y + free, .up))
    if x0 < x1, y0 < y1 { (x, y) = (x0..<x1, y0..<y1) }
  }
}

extension Photo {
  func cropped(to box: PhotoPart) -> Photo {
    var part: [UInt8] = []
    part.reserveCapacity(box.width * box.height * 3)
    var opacity: [UInt8]? = alpha.map { _ in [] }
    for y in box.y {
      let row = y * width + box.x.lowerBound
      part += pixels[(row * 3)..<((row + box.width) * 3)]
      if let alpha { opacity?.append(contentsOf: alpha[row..<(row + box.width)]) }
    }
    return Photo(
      width: box.width, height: box.height, pixels: part, alpha: opacity, focalLength: focalLength)
  }
}
